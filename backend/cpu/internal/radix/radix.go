// Package radix sorts numbers by their digits, without comparing them.
package radix

import (
	"math/bits"
	"slices"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

const (
	fromRadix = 768     // words from which digits take less time than comparisons
	fromWide  = 1 << 17 // from which three passes over wide digits do than four over bytes
	fromParts = 1 << 17 // from which it pays to share the words out: parts write to the same cache lines, and must be large
	maxParts  = 16
	maxDigit  = 11 // bits
)

// Sort returns words in ascending order of their upper 32 bits; equal ones stay
// in the order in which they were. The lower 32 bits must then ascend, such as
// numbers of places. The result lies in words or in room, which has the same
// length; the other one has undefined content.
func Sort(words, room []uint64) []uint64 {
	if len(words) < fromRadix {
		slices.Sort(words)
		return words
	}
	// Only bits that differ somewhere need to be looked at.
	some, all := uint64(0), ^uint64(0)
	for _, w := range words {
		some |= w
		all &= w
	}
	differ := (some &^ all) >> 32 << 32
	width := maxDigit
	if len(words) < fromWide {
		width = 8
	}
	n, parts := len(words), 1
	if n >= fromParts && par.Workers() > 1 {
		parts = min(par.Workers(), maxParts)
	}
	counts, b := scratch.Get[uint32](parts << maxDigit)
	defer b.Put()
	for differ != 0 {
		shift := bits.TrailingZeros64(differ)
		p := &pass{words, room, counts, parts, shift, min(width, 64-shift)}
		p.run()
		words, room = room, words
		differ = differ >> (shift + p.digit) << (shift + p.digit)
	}
	return words
}

// A pass moves words in the order of one digit. Each part of them has counts of
// its own; the result does not depend on the number of parts.
type pass struct {
	from, to     []uint64
	counts       []uint32
	parts        int
	shift, digit int // in bits
}

// part returns the words of a part and its counts.
func (p *pass) part(i int) ([]uint64, *[1 << maxDigit]uint32) {
	n := len(p.from)
	size := (n + p.parts - 1) / p.parts
	return p.from[min(i*size, n):min((i+1)*size, n)], (*[1 << maxDigit]uint32)(p.counts[i<<maxDigit:])
}

func (p *pass) run() {
	shift, mask := p.shift&63, uint64(1)<<p.digit-1
	par.For(p.parts, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			words, c := p.part(i)
			clear(c[:1<<p.digit])
			for _, w := range words {
				c[w>>shift&mask&(1<<maxDigit-1)]++
			}
		}
	})
	at := uint32(0)
	for d := range 1 << p.digit {
		for i := range p.parts {
			c := &p.counts[i<<maxDigit+d]
			at, *c = at+*c, at
		}
	}
	par.For(p.parts, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			words, c := p.part(i)
			to := p.to
			for _, w := range words {
				at := &c[w>>shift&mask&(1<<maxDigit-1)]
				to[*at] = w
				*at++
			}
		}
	})
}
