package backend

import (
	"cmp"
	"math/bits"
	"slices"
)

// A page is memory taken from the device at once; without a Suballocator it is
// one block for ever.
type page struct {
	arena *arena
	buf   Buffer
	size  int64
	first *block
}

// A block is a piece of a page.
type block struct {
	pool      *pool
	page      *page
	off, size int64
	buf       Buffer // nil after a cut or merge, until lent
	mem       []byte // buf's, if the host reaches it
	host      bool

	free       bool
	freed      uint64 // when, counted in frees
	prev, next *block // in the list of its class
	low, high  *block // neighbours in the page
}

// An arena keeps the free blocks of small or of large requests by class: apart,
// so that a scalar that lives long does not break up a large page.
type arena struct {
	small bool
	head  [classes]*block
	some  [classes/64 + 1]uint64 // bit set: the class has a block
	pages map[*page]struct{}
	dirty bool // blocks were freed since the last merge
}

func (p *pool) arena(size int64) *arena {
	if size <= largeAbove {
		return &p.small
	}
	return &p.large
}

func (p *pool) other(a *arena) *arena {
	if a == &p.small {
		return &p.large
	}
	return &p.small
}

// add puts b in front of its list: what was used last is warm.
func (a *arena) add(b *block) {
	c := classWithin(b.size)
	b.free, b.prev, b.next = true, nil, a.head[c]
	if b.next != nil {
		b.next.prev = b
	}
	a.head[c] = b
	a.some[c>>6] |= 1 << (c & 63)
	a.dirty = true
}

func (a *arena) remove(b *block) {
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		c := classWithin(b.size)
		if a.head[c] = b.next; b.next == nil {
			a.some[c>>6] &^= 1 << (c & 63)
		}
	}
	if b.next != nil {
		b.next.prev = b.prev
	}
	b.free, b.prev, b.next = false, nil, nil
}

// above returns a block of the first class from c to last that has one.
func (a *arena) above(c, last int) *block {
	for w := c >> 6; w <= last>>6; w++ {
		set := a.some[w]
		if w == c>>6 {
			set &= ^uint64(0) << (c & 63)
		}
		if set != 0 {
			if c = w<<6 + bits.TrailingZeros64(set); c > last {
				return nil
			}
			return a.head[c]
		}
	}
	return nil
}

// take returns a block of at least size bytes, in no list any more, or nil.
// p.mu is held.
func (p *pool) take(a *arena, class int, size int64) *block {
	last := classes - 1
	if p.sub == nil {
		// What is too much is wasted: accept up to an eighth.
		if last = class; !a.small {
			last = min(class+3, classes-1)
		}
	}
	b := a.above(class, last)
	if b == nil && p.sub != nil && a.dirty {
		a.merge()
		b = a.above(class, last)
	}
	if b == nil {
		return nil
	}
	a.remove(b)
	p.split(b, size)
	p.ready(b)
	return b
}

// split cuts b to size bytes and frees the rest, if it is worth it.
func (p *pool) split(b *block, size int64) {
	rest := b.size - size
	if p.sub == nil || rest < max(cut, size/8) {
		return
	}
	r := &block{pool: p, page: b.page, off: b.off + size, size: rest, freed: b.freed, low: b, high: b.high}
	if r.high != nil {
		r.high.low = r
	}
	b.high, b.size, b.buf, b.mem = r, size, nil, nil
	b.page.arena.add(r)
}

// ready gives b its buffer.
func (p *pool) ready(b *block) {
	if b.buf != nil {
		return
	}
	b.buf = b.page.buf
	if b.size < b.page.size {
		b.buf = p.sub.Slice(b.page.buf, b.off, b.size)
	}
	if h, ok := b.buf.(HostBuffer); ok {
		b.mem, b.host = h.Bytes(), true
	}
}

// merge joins free neighbours. Blocks are not joined when they are freed, since
// a training step asks for the same sizes as the one before.
func (a *arena) merge() {
	for pg := range a.pages {
		for b := pg.first; b != nil; b = b.high {
			if !b.free || b.high == nil || !b.high.free {
				continue
			}
			a.remove(b)
			for h := b.high; h != nil && h.free; h = b.high {
				a.remove(h)
				b.size += h.size
				b.freed = max(b.freed, h.freed)
				if b.high = h.high; b.high != nil {
					b.high.low = b
				}
			}
			b.buf, b.mem = nil, nil
			a.add(b)
		}
	}
	a.dirty = false
}

// drop takes pages without a block in use out of the pool until at most keep
// bytes are taken from the device, and appends them to pages for the caller to
// free. Those idle longest go first. p.mu is held.
func (p *pool) drop(pages []*page, keep int64) []*page {
	if p.taken <= keep || p.taken == p.inUse {
		return pages
	}
	var idle []*page
	for _, a := range []*arena{&p.small, &p.large} {
		if p.sub != nil && a.dirty {
			a.merge()
		}
		for pg := range a.pages {
			if b := pg.first; b.free && b.high == nil {
				idle = append(idle, pg)
			}
		}
	}
	slices.SortFunc(idle, func(x, y *page) int { return cmp.Compare(x.first.freed, y.first.freed) })
	for _, pg := range idle {
		if p.taken <= keep {
			break
		}
		pg.arena.remove(pg.first)
		delete(pg.arena.pages, pg)
		p.taken -= pg.size
		pages = append(pages, pg)
	}
	return pages
}

func free(pages []*page) {
	for _, pg := range pages {
		pg.buf.Free()
	}
}
