package ptxsim

import "encoding/binary"

// Loads and stores of the commonest kinds, by all threads of a group at once.

// loadGlobal loads words of 4 or 8 bytes, most of them from the allocation that the
// thread before read.
func loadGlobal(d int, a arg, size int) func(*block, []int32) {
	return func(b *block, lanes []int32) {
		D, A, off := b.columns[d], b.addresses(a), uint64(a.offset)
		base, near := b.near.base, b.near.data
		if size == 4 {
			for _, i := range lanes {
				at := A[i] + off
				if o := at - base; o < uint64(len(near)) && o+4 <= uint64(len(near)) && at&3 == 0 {
					D[i] = uint64(binary.LittleEndian.Uint32(near[o:]))
					continue
				}
				D[i] = uint64(binary.LittleEndian.Uint32(b.global(at, 4, i)))
				base, near = b.near.base, b.near.data
			}
			return
		}
		for _, i := range lanes {
			at := A[i] + off
			if o := at - base; o < uint64(len(near)) && o+8 <= uint64(len(near)) && at&7 == 0 {
				D[i] = binary.LittleEndian.Uint64(near[o:])
				continue
			}
			D[i] = binary.LittleEndian.Uint64(b.global(at, 8, i))
			base, near = b.near.base, b.near.data
		}
	}
}

func storeGlobal(x int, a arg, size int) func(*block, []int32) {
	return func(b *block, lanes []int32) {
		X, A, off := b.columns[x], b.addresses(a), uint64(a.offset)
		base, near := b.near.base, b.near.data
		if size == 4 {
			for _, i := range lanes {
				at := A[i] + off
				if o := at - base; o < uint64(len(near)) && o+4 <= uint64(len(near)) && at&3 == 0 {
					binary.LittleEndian.PutUint32(near[o:], uint32(X[i]))
					continue
				}
				binary.LittleEndian.PutUint32(b.global(at, 4, i), uint32(X[i]))
				base, near = b.near.base, b.near.data
			}
			return
		}
		for _, i := range lanes {
			at := A[i] + off
			if o := at - base; o < uint64(len(near)) && o+8 <= uint64(len(near)) && at&7 == 0 {
				binary.LittleEndian.PutUint64(near[o:], X[i])
				continue
			}
			binary.LittleEndian.PutUint64(b.global(at, 8, i), X[i])
			base, near = b.near.base, b.near.data
		}
	}
}

// loadShared loads a word or a vector of words.
func loadShared(to []int, a arg, size int) func(*block, []int32) {
	n := size * len(to)
	return func(b *block, lanes []int32) {
		A, off := b.addresses(a), uint64(a.offset)
		var room [4][]uint64
		D := room[:len(to)]
		for k, d := range to {
			D[k] = b.columns[d]
		}
		switch s := &b.races; {
		case len(D) == 1 && size == 1<<s.shift && size >= 4 && s.flying == nil:
			D, mem, marks := D[0], b.shared, s.marks
			for _, i := range lanes {
				at := A[i] + off
				if g := at >> s.shift; at&uint64(size-1) != 0 || g >= uint64(len(marks)) || at+uint64(size) > uint64(len(mem)) || !s.reads(&marks[g], s.own(i)) {
					b.sharedRead(at, size, i)
				}
				if size == 4 {
					D[i] = uint64(binary.LittleEndian.Uint32(mem[at:]))
				} else {
					D[i] = binary.LittleEndian.Uint64(mem[at:])
				}
			}
		case size == 4:
			for _, i := range lanes {
				mem := b.sharedRead(A[i]+off, n, i)
				for k, D := range D {
					D[i] = uint64(binary.LittleEndian.Uint32(mem[4*k:]))
				}
			}
		default:
			for _, i := range lanes {
				mem := b.sharedRead(A[i]+off, n, i)
				for k, D := range D {
					D[i] = get(mem[k*size:], size)
				}
			}
		}
	}
}

func storeShared(from []int, a arg, size int) func(*block, []int32) {
	n := size * len(from)
	return func(b *block, lanes []int32) {
		A, off := b.addresses(a), uint64(a.offset)
		var room [4][]uint64
		X := room[:len(from)]
		for k, x := range from {
			X[k] = b.columns[x]
		}
		if s := &b.races; len(X) == 1 && size == 1<<s.shift && size >= 4 && s.flying == nil {
			X, mem, marks := X[0], b.shared, s.marks
			for _, i := range lanes {
				at := A[i] + off
				if g := at >> s.shift; at&uint64(size-1) != 0 || g >= uint64(len(marks)) || at+uint64(size) > uint64(len(mem)) || !s.writes(&marks[g], s.own(i)) {
					b.sharedTouch(at, size, i, false)
				}
				if size == 4 {
					binary.LittleEndian.PutUint32(mem[at:], uint32(X[i]))
				} else {
					binary.LittleEndian.PutUint64(mem[at:], X[i])
				}
			}
			return
		}
		for _, i := range lanes {
			mem := b.sharedTouch(A[i]+off, n, i, false)
			for k, X := range X {
				if size == 4 {
					binary.LittleEndian.PutUint32(mem[4*k:], uint32(X[i]))
				} else {
					put(mem[k*size:], size, X[i])
				}
			}
		}
	}
}

// addresses returns the column of an address without its offset: of zeros if it has
// no register.
func (b *block) addresses(a arg) []uint64 {
	if a.column >= 0 {
		return b.columns[a.column]
	}
	if b.zeros == nil {
		b.zeros = make([]uint64, len(b.all))
	}
	return b.zeros
}
