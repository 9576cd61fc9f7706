package backend

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Stats are the figures of a Pool. Blocks count with their rounded size.
type Stats struct {
	InUse   int64  // bytes of live buffers
	Cached  int64  // bytes kept for reuse
	Peak    int64  // the most bytes ever in use at once
	Buffers int    // live buffers: 0 when nothing leaked
	Allocs  uint64 // requests
	Hits    uint64 // requests served from the cache
}

// What Pool can do beyond a Device; found with As.
type (
	// MemoryStats is a device that counts its memory.
	MemoryStats interface{ Stats() Stats }
	// A Trimmer gives cached memory back to the device.
	Trimmer interface{ Trim() }
	// A Limiter has a budget of bytes to take from the device; 0 is none. What
	// is in use beyond it stays.
	Limiter interface{ SetLimit(bytes int64) }
	// A Reclaimer calls f when memory is short, for f to free what it can
	// spare. f must not allocate from the device.
	Reclaimer interface{ OnReclaim(f func()) }
)

func (p *pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{InUse: p.inUse, Cached: p.taken - p.inUse, Peak: p.peak, Buffers: p.buffers, Allocs: p.allocs, Hits: p.hits}
}

func (p *pool) Trim() { p.shrink(0) }

func (p *pool) shrink(keep int64) {
	p.mu.Lock()
	pages := p.drop(nil, keep)
	p.mu.Unlock()
	free(pages) // the device may take its time
}

func (p *pool) SetLimit(bytes int64) {
	p.mu.Lock()
	p.limit = max(bytes, 0)
	p.mu.Unlock()
	if bytes > 0 {
		p.shrink(bytes)
	}
}

func (p *pool) OnReclaim(f func()) {
	p.reclaim.Lock()
	p.hooks = append(p.hooks, f)
	p.reclaim.Unlock()
}

// memoryLimit reads HEKLA_MEMORY_LIMIT.
func memoryLimit() (int64, error) {
	s := os.Getenv("HEKLA_MEMORY_LIMIT")
	if s == "" {
		return 0, nil
	}
	n, ok := parseBytes(s)
	if !ok {
		return 0, fmt.Errorf("backend: HEKLA_MEMORY_LIMIT=%q: want a number of bytes such as 2GiB, 512MiB or 1500MB", s)
	}
	return n, nil
}

var units = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"b", 1}, {"", 1},
}

func parseBytes(s string) (int64, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, u := range units {
		if num, ok := strings.CutSuffix(s, u.suffix); ok {
			x, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
			n := x * u.bytes
			return int64(n), err == nil && n >= 0 && n <= maxRequest
		}
	}
	return 0, false
}
