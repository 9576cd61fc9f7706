package kernel

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A RadixSpec says how a radix sort goes over lines: how many invocations see to
// a block of a line, and how many bits a digit has.
type RadixSpec struct{ Group, Bits int }

// Shared is how many bytes a workgroup shares.
func (s RadixSpec) Shared() int { return 4 * (s.Group<<s.Bits + s.Group) }

func (s RadixSpec) of(name string, buffers, params int, written uint64, more ...uint32) *Kernel {
	return &Kernel{
		Key: fmt.Sprintf("%s %v %v", name, s, more), Words: module(name), Group: s.Group, Buffers: buffers, Params: Reserved + params, Uses: Uses{written},
		Constants: append([]uint32{uint32(s.Group), uint32(s.Bits)}, more...), Local: s.Group, Shared: s.Shared(),
	}
}

// SortCount returns the kernel that counts the digits of blocks. Buffers are the
// keys, the numbers of the elements in the order so far, and the counts [lines,
// digits, blocks]; unmoved says that the numbers are 0, 1, ... and not read.
// Parameters: elements of a line, its blocks, elements of a run; the bit where
// the digit begins, words of a key, and which of them has the digit.
func SortCount(s RadixSpec, unmoved bool) *Kernel {
	return s.of("sortcount", 3, 6, 1<<2, flag(unmoved))
}

// SortScan returns the kernel that makes the counts of each line sums of all
// before. The parameter is how many there are in a line.
func SortScan(group int) *Kernel {
	return &Kernel{
		Key: fmt.Sprintf("sortscan %d", group), Words: module("sortscan"), Group: group, Buffers: 1, Params: Reserved + 1, Uses: Uses{1},
		Constants: []uint32{uint32(group)}, Local: group, Shared: 4 * group,
	}
}

// SortMove returns the kernel that brings numbers in the order of a digit.
// Buffers are those of SortCount, of which the last is not read if lines are of a
// single block, and the numbers moved. Parameters are those of SortCount.
func SortMove(s RadixSpec, unmoved, single bool) *Kernel {
	return s.of("sortmove", 4, 6, 1<<3, flag(unmoved), flag(single))
}

// KeyBits returns how many words a key of SortKeys has, and which bits of each,
// from a first one to an end, may differ.
func KeyBits(d dtype.DType) (words, from, to int) {
	switch {
	case d.Size() == 8:
		return 2, 0, 32
	case d == dtype.BFloat16:
		return 1, 16, 32
	case d == dtype.Float16:
		return 1, 13, 32
	}
	return 1, 0, 8 * d.Size()
}

// SortKeysKey identifies what SortKeys returns.
func SortKeysKey(d dtype.DType, descending bool) string {
	return fmt.Sprintf("sortkeys %v %t", d, descending)
}

// SortKeys returns the kernel that makes keys of elements: unsigned numbers that
// are in the same order, the low word first. Zeros of both signs are the same
// key, and so are all NaNs. Buffers are the input, and the keys, line after line.
// Parameters: as those of ScanLine.
func SortKeys(d dtype.DType, descending bool) *Kernel {
	kind := kindOf(d)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	words, _, _ := KeyBits(d)
	e := newEmitter(Size, 2, 7)
	e.each(Size, func(i spirv.Value) {
		n, inner := e.param(), e.param()
		c := e.coordinates(i, []spirv.Value{e.Word(math.MaxUint32), inner, n})
		l := e.line()
		to := e.param()
		x := e.Read(0, l.of(c[0], c[1]).Add(c[2].Mul(l.along)), d, kind, w)
		var key spirv.Value
		switch x.Type() {
		case spirv.Float:
			b := x.Equal(e.Float(0)).Select(e.Word(0), x.Bits())
			b = b.Xor(b.Sar(e.Word(31)).Or(e.Word(1 << 31)))
			key = x.IsNaN().Select(e.Word(math.MaxUint32), b)
		case spirv.Double:
			b := x.Equal(e.Double(0)).Select(e.Long(0), x.Bits())
			b = b.Xor(b.Sar(e.Word(63)).Or(e.Long(1 << 63)))
			key = x.IsNaN().Select(e.Long(math.MaxUint64), b)
		case spirv.Bool:
			key = x.Flag()
		case spirv.Long:
			key = x.Xor(e.Long(1 << 63))
		default:
			key = x
			if d != dtype.Uint8 {
				key = x.Xor(e.Word(1 << (8*d.Size() - 1)))
			}
		}
		if descending {
			key = key.Not()
		}
		to = to.Add(i.Mul(e.Word(uint32(words))))
		if words == 1 {
			e.Store(1, to, key)
			return
		}
		low, high := key.Split()
		e.Store(1, to, low)
		e.Store(1, to.Add(e.Word(1)), high)
	})
	return e.finish(SortKeysKey(d, descending), Size, 2, 1<<1)
}

// SortTakeKey identifies what SortTake returns.
func SortTakeKey(size int) string { return fmt.Sprintf("sorttake %d", size) }

// SortTake returns the kernel that puts elements of some bytes in the order of
// their numbers. Buffers are the input, the numbers, line after line, the sorted
// elements, and their int64 indices, both dense. Parameters: those of ScanLine
// for the input, then where each of the others starts.
func SortTake(size int) *Kernel {
	e := newEmitter(Size, 4, 9)
	e.each(Size, func(i spirv.Value) {
		n, inner := e.param(), e.param()
		c := e.coordinates(i, []spirv.Value{e.Word(math.MaxUint32), n, inner})
		l := e.line()
		numbers, to, index := e.param(), e.param(), e.param()
		which := e.Load(1, numbers.Add(c[0].Mul(inner).Add(c[2]).Mul(n)).Add(c[1]))
		e.CopyElement(2, to.Add(i), 0, l.of(c[0], c[2]).Add(which.Mul(l.along)), size)
		e.storeIndex(3, index.Add(i), which)
	})
	return e.finish(SortTakeKey(size), Size, 4, 3<<2)
}
