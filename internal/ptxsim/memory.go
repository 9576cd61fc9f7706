package ptxsim

import (
	"fmt"
	"sort"
	"sync"
)

// Memory is the global memory of a device: allocations with gaps between
// them, so that running off the end of one does not reach the next.
type Memory struct {
	mu     sync.Mutex
	allocs []allocation // by address
	freed  []allocation // without data, for messages
	next   uint64
	used   int64
	Limit  int64  // bytes; 0 is none
	First  uint64 // what addresses have in addition, so that those of two devices differ
}

type allocation struct {
	base uint64
	size int64
	data []byte
}

const (
	huge         = 1 << 30 // bytes, from which memory is sparse, and zero at first
	firstAddress = 0x7f00_0000_0000
	gap          = 1 << 12
	pattern      = 0xff // of fresh memory: NaN as a float
)

// Alloc returns the address of n bytes, or false if the limit is reached.
func (m *Memory) Alloc(n int64) (uint64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Limit > 0 && m.used+n > m.Limit {
		return 0, false
	}
	if m.next == 0 {
		m.next = firstAddress + m.First
	}
	a := allocation{base: m.next, size: n}
	if n >= huge {
		var err error
		if a.data, err = sparse(n); err != nil {
			return 0, false
		}
	} else {
		a.data = make([]byte, n)
		spoil(a.data)
	}
	m.next += (uint64(n)+255)&^255 + gap
	m.used += n
	m.allocs = append(m.allocs, a)
	return a.base, true
}

// spoil fills fresh memory with the pattern.
func spoil(mem []byte) {
	if len(mem) == 0 {
		return
	}
	mem[0] = pattern
	for n := 1; n < len(mem); n *= 2 {
		copy(mem[n:], mem[:n])
	}
}

// Free gives back what Alloc returned.
func (m *Memory) Free(addr uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := sort.Search(len(m.allocs), func(i int) bool { return m.allocs[i].base >= addr })
	if i == len(m.allocs) || m.allocs[i].base != addr {
		return fmt.Errorf("ptxsim: free of %#x, which is not the start of an allocation", addr)
	}
	a := m.allocs[i]
	m.used -= a.size
	if a.size >= huge {
		if err := freeSparse(a.data); err != nil {
			return fmt.Errorf("ptxsim: free of %#x: %w", addr, err)
		}
	}
	a.data = nil
	if m.freed = append(m.freed, a); len(m.freed) > 64 {
		m.freed = m.freed[1:]
	}
	m.allocs = append(m.allocs[:i], m.allocs[i+1:]...)
	return nil
}

// Used returns the bytes that are allocated.
func (m *Memory) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// Bytes returns the n bytes at addr, or nil if they are not all of one
// allocation.
func (m *Memory) Bytes(addr uint64, n int64) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.find(addr)
	if a == nil || uint64(n) > uint64(a.size)-(addr-a.base) {
		return nil
	}
	return a.data[addr-a.base:][:n]
}

func (m *Memory) find(addr uint64) *allocation {
	i := sort.Search(len(m.allocs), func(i int) bool { return m.allocs[i].base > addr }) - 1
	if i < 0 || addr-m.allocs[i].base > uint64(m.allocs[i].size) {
		return nil
	}
	return &m.allocs[i]
}

// describe says where a bad address lies.
func (m *Memory) describe(addr uint64) string {
	for _, a := range m.freed {
		if addr-a.base < uint64(a.size) {
			return fmt.Sprintf("byte %d of %d bytes that were freed", addr-a.base, a.size)
		}
	}
	i := sort.Search(len(m.allocs), func(i int) bool { return m.allocs[i].base > addr }) - 1
	if i >= 0 && addr-m.allocs[i].base < uint64(m.allocs[i].size)+gap {
		a := m.allocs[i]
		return fmt.Sprintf("byte %d of an allocation of %d", addr-a.base, a.size)
	}
	if i+1 < len(m.allocs) && m.allocs[i+1].base-addr < gap {
		return fmt.Sprintf("%d bytes before an allocation of %d", m.allocs[i+1].base-addr, m.allocs[i+1].size)
	}
	return "near no allocation"
}
