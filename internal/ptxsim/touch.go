package ptxsim

import "encoding/binary"

// Accesses of single threads to memory, with all checks.

// at returns the address that a holds for thread i.
func (b *block) at(a arg, i int32) uint64 {
	if a.column < 0 {
		return uint64(a.offset)
	}
	return b.columns[a.column][i] + uint64(a.offset)
}

// global returns n bytes of global memory.
func (b *block) global(addr uint64, n int, lane int32) []byte {
	if addr&uint64(n-1) != 0 { // sizes are powers of two
		b.fail(Misaligned, lane, "%#x for %d bytes", addr, n)
	}
	if off := addr - b.near.base; off < uint64(len(b.near.data)) && off+uint64(n) <= uint64(len(b.near.data)) {
		return b.near.data[off:]
	}
	b.mem.mu.Lock()
	defer b.mem.mu.Unlock()
	a := b.mem.find(addr)
	if a == nil || addr-a.base+uint64(n) > uint64(a.size) {
		b.fail(BadAddress, lane, "%#x (%d bytes): %s", addr, n, b.mem.describe(addr))
	}
	b.near = *a
	return a.data[addr-a.base:]
}

func (b *block) sharedRead(addr uint64, n int, lane int32) []byte {
	if size := uint64(len(b.shared)); addr > size || addr+uint64(n) > size || addr&uint64(n-1) != 0 {
		b.badShared(addr, n, lane)
	}
	if b.races.flying != nil && b.races.inFlight(int(addr), n) {
		b.fail(Race, lane, "byte %#x is the target of a copy that nobody waited for", addr)
	}
	if other, race := b.races.read(int(addr), n, lane); race {
		b.fail(Race, lane, "byte %#x was written by thread %d since the last barrier", addr, other)
	}
	return b.shared[addr:]
}

func (b *block) sharedWrite(addr uint64, n int, lane int32) []byte {
	return b.sharedTouch(addr, n, lane, false)
}

func (b *block) sharedTouch(addr uint64, n int, lane int32, atomic bool) []byte {
	if size := uint64(len(b.shared)); addr > size || addr+uint64(n) > size || addr&uint64(n-1) != 0 {
		b.badShared(addr, n, lane)
	}
	if b.races.flying != nil && b.races.inFlight(int(addr), n) {
		b.fail(Race, lane, "byte %#x is the target of a copy that nobody waited for", addr)
	}
	if other, race := b.races.write(int(addr), n, lane, atomic); race {
		b.fail(Race, lane, "byte %#x was used by thread %d since the last barrier", addr, other)
	}
	return b.shared[addr:]
}

// badShared says why an address in shared memory is none.
func (b *block) badShared(addr uint64, n int, lane int32) {
	if addr > uint64(len(b.shared)) || addr+uint64(n) > uint64(len(b.shared)) {
		b.fail(BadAddress, lane, "%#x (%d bytes) of %d bytes of shared memory", addr, n, len(b.shared))
	}
	b.fail(Misaligned, lane, "%#x for %d bytes of shared memory", addr, n)
}

func get(mem []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(mem[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(mem))
	case 4:
		return uint64(binary.LittleEndian.Uint32(mem))
	}
	return binary.LittleEndian.Uint64(mem)
}

func put(mem []byte, size int, x uint64) {
	switch size {
	case 1:
		mem[0] = byte(x)
	case 2:
		binary.LittleEndian.PutUint16(mem, uint16(x))
	case 4:
		binary.LittleEndian.PutUint32(mem, uint32(x))
	default:
		binary.LittleEndian.PutUint64(mem, x)
	}
}
