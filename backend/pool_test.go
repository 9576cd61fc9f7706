package backend

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hekla-ml/hekla/op"
)

func TestSizeClasses(t *testing.T) {
	last := 0
	for _, n := range []int64{0, 1, 63, 64, 65, 511, 512, 513, 1000, 1024, 1025, 1 << 19, 1<<20 - 1, 1 << 20, 1<<20 + 1, 1 << 21, 1<<21 + 1, 1<<30 + 1, 1 << 40, maxRequest - 1, maxRequest} {
		c, size := classOf(n)
		if c < last || c >= classes {
			t.Errorf("class of %d is %d, after %d, of %d", n, c, last, classes)
		}
		last = c
		waste := int64(63)
		if n > 512 {
			waste = n / 8
		}
		if n > largeAbove {
			waste = n / 32
		}
		if size < n || size-n > max(waste, 64) || size%64 != 0 {
			t.Errorf("%d bytes take %d", n, size)
		}
	}
	if c, _ := classOf(maxRequest); c != classes-1 {
		t.Errorf("the largest class is %d of %d", c, classes)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 100000 {
		n := int64(r.Uint64() >> (17 + r.IntN(46)))
		c, size := classOf(n)
		if c2, s2 := classOf(size); c2 != c || s2 != size {
			t.Fatalf("%d is in class %d of %d bytes, which is in class %d of %d", n, c, size, c2, s2)
		}
		if c2, s2 := classOf(size + 1); size < maxRequest && (c2 != c+1 || s2 <= size) {
			t.Fatalf("%d and %d bytes have classes %d and %d, want neighbours", size, size+1, c, c2)
		}
		if w := classWithin(size + 63); w != c && size >= 512 && size+63 < size+size/32 {
			t.Fatalf("a block of %d is in class %d, want %d", size+63, w, c)
		}
		if a := n &^ 255; a > 0 {
			if _, s := classOf(a); s%cut != 0 {
				t.Fatalf("%d bytes take %d, where no buffer can be cut", a, s)
			}
		}
	}
}

func TestPoolReuse(t *testing.T) {
	d := &fake{name: "fake:0"}
	p := Pool(d)
	b := alloc(t, p, 1000)
	at := place(b)
	b.Free()
	c := alloc(t, p, 1020) // of the same class
	if place(c) != at {
		t.Error("a freed block was not used again")
	}
	if b == c {
		t.Error("a freed Buffer came back: an old holder's Free would free it for the new one")
	}
	if got := d.allocs.Load(); got != 1 {
		t.Errorf("the device was asked %d times, want once", got)
	}
	want := Stats{InUse: 1024, Peak: 1024, Buffers: 1, Allocs: 2, Hits: 1}
	if got := p.(MemoryStats).Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	if mem := c.(HostBuffer).Bytes(); len(mem) != 1020 || cap(mem) != 1020 {
		t.Errorf("host memory of length %d and capacity %d, want 1020", len(mem), cap(mem))
	}
	c.Free()
	p.(Trimmer).Trim()
	if s := p.(MemoryStats).Stats(); s.Cached != 0 || s.InUse != 0 || d.live.Load() != 0 {
		t.Errorf("after Trim %+v, %d buffers on the device", s, d.live.Load())
	}
}

func TestPoolDoubleFree(t *testing.T) {
	p := Pool(&fake{name: "fake:0"})
	old := alloc(t, p, 256)
	old.Free()
	owner := alloc(t, p, 256)
	old.Free() // must not free it for the owner
	if other := alloc(t, p, 256); place(other) == place(owner) {
		t.Fatal("two buffers share memory after a double Free")
	}
	if s := p.(MemoryStats).Stats(); s.Buffers != 2 || s.InUse != 512 {
		t.Errorf("stats %+v", s)
	}
	if old.(HostBuffer).Bytes() != nil {
		t.Error("a freed buffer shows memory")
	}
	if err := p.Upload(old, 0, []byte{1}); !errors.Is(err, errFreed) {
		t.Errorf("Upload to a freed buffer: %v", err)
	}
	v := View{Buffer: old}
	if err := p.Run(&Call{Op: op.Add, In: []View{v}}); !errors.Is(err, errFreed) || !strings.Contains(err.Error(), "add") {
		t.Errorf("Run on a freed buffer: %v", err)
	}
}

func TestPoolBounds(t *testing.T) {
	p := Pool(&fake{name: "fake:0"})
	b := alloc(t, p, 100)
	for _, c := range []struct{ off, n int64 }{{0, 101}, {99, 2}, {-1, 1}, {101, 0}} {
		if err := p.Upload(b, c.off, make([]byte, c.n)); err == nil {
			t.Errorf("Upload of %d bytes at %d of 100: no error", c.n, c.off)
		}
		if err := p.Download(make([]byte, c.n), b, c.off); err == nil {
			t.Errorf("Download of %d bytes at %d of 100: no error", c.n, c.off)
		}
	}
	for _, n := range []int64{-1, 1 << 62} {
		if _, err := p.Alloc(n); err == nil {
			t.Errorf("Alloc(%d): no error", n)
		}
	}
	if b := alloc(t, p, 0); len(b.(HostBuffer).Bytes()) != 0 {
		t.Error("a buffer of no bytes has some")
	}
}

// The pool's buffers are HostBuffers if and only if the device's are, and a
// device without host memory gets its own ones back.
func TestPoolOnBlindDevice(t *testing.T) {
	d := &blind{fake{name: "blind:0"}}
	p := Pool(d)
	x := put(t, p, array([]int{2}, 1, 2))
	if _, ok := x.Buffer.(HostBuffer); ok {
		t.Error("a HostBuffer from a device without")
	}
	if own, ok := BufferAs[*blindBuffer](x.Buffer); !ok || own.Len() < 8 {
		t.Errorf("BufferAs finds %v", own)
	}
	c := elementwise(t, p, op.Add, nil, x, x)
	if err := p.Run(c); err != nil {
		t.Fatal(err)
	}
	if got := get(t, p, c.Out[0]); got[0] != 2 || got[1] != 4 {
		t.Errorf("x + x = %v", got)
	}
	x.Buffer.Free()
	if err := p.Run(c); !errors.Is(err, errFreed) {
		t.Errorf("Run on a freed buffer: %v", err)
	}
}

func TestPoolBudget(t *testing.T) {
	d := &fake{name: "fake:0"}
	p := Pool(d)
	p.(Limiter).SetLimit(4096)
	a := alloc(t, p, 2048)
	alloc(t, p, 1024).Free()
	// Only by giving up the cached 1024 bytes.
	b := alloc(t, p, 2048)
	_, err := p.Alloc(64)
	var m *MemoryError
	if !errors.As(err, &m) || !errors.Is(err, ErrOutOfMemory) {
		t.Fatalf("over budget: %v", err)
	}
	if m.Device != "fake:0" || m.Requested != 64 || m.InUse != 4096 || m.Limit != 4096 || m.Cause != nil {
		t.Errorf("error %+v", m)
	}
	if d.syncs.Load() == 0 {
		t.Error("gave up without waiting for the device")
	}
	b.Free()
	alloc(t, p, 64)
	p.(Limiter).SetLimit(0)
	alloc(t, p, 1<<16)
	a.Free()
	p.(Limiter).SetLimit(1) // gives up the cache
	if s := p.(MemoryStats).Stats(); s.Cached != 0 {
		t.Errorf("over a new budget with %d bytes cached", s.Cached)
	}
}

func TestPoolLimitFromEnvironment(t *testing.T) {
	for s, want := range map[string]int64{"2GiB": 2 << 30, " 512 mib": 512 << 20, "1500MB": 15e8, "4096": 4096, "1.5KiB": 1536, "1tb": 1e12, "100b": 100} {
		if n, ok := parseBytes(s); !ok || n != want {
			t.Errorf("parseBytes(%q) = %d, %v, want %d", s, n, ok, want)
		}
	}
	for _, s := range []string{"", "lots", "-1", "2 GiB more", "NaN", "1e300"} {
		if n, ok := parseBytes(s); ok {
			t.Errorf("parseBytes(%q) = %d, want a refusal", s, n)
		}
	}
	t.Setenv("HEKLA_MEMORY_LIMIT", "1KiB")
	p := Pool(&fake{name: "fake:0"})
	if _, err := p.Alloc(2000); !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("2000 bytes of 1 KiB: %v", err)
	}
	t.Setenv("HEKLA_MEMORY_LIMIT", "lots")
	if _, err := Pool(&fake{}).Alloc(1); err == nil || !strings.Contains(err.Error(), `HEKLA_MEMORY_LIMIT="lots"`) {
		t.Errorf("HEKLA_MEMORY_LIMIT=lots: %v", err)
	}
}

func TestPoolOutOfMemoryLadder(t *testing.T) {
	t.Run("cache", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Memory: 10 << 10}))
		alloc(t, p, 8<<10).Free()
		alloc(t, p, 9<<10) // fits only once the cached block is given up
	})
	t.Run("garbage", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Memory: 10 << 10}))
		hold(t, p, 8<<10)
		alloc(t, p, 9<<10) // fits only once the collector has found the first
	})
	t.Run("hook", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Memory: 10 << 10}))
		spare := alloc(t, p, 8<<10)
		p.(Reclaimer).OnReclaim(spare.Free)
		alloc(t, p, 9<<10)
	})
	t.Run("nothing helps", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Memory: 10 << 10}))
		b := alloc(t, p, 8<<10)
		_, err := p.Alloc(9 << 10)
		var m *MemoryError
		if !errors.As(err, &m) || m.InUse != 8<<10 || m.Requested != 9<<10 || m.Limit != 0 || m.Cause == nil {
			t.Fatalf("error %v", err)
		}
		b.Free()
		alloc(t, p, 9<<10) // the pool survives
	})
	t.Run("a passing shortage", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Alloc: map[int]error{1: ErrOutOfMemory, 2: ErrOutOfMemory}}))
		alloc(t, p, 64)
	})
	t.Run("another error", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Alloc: map[int]error{1: errRefused}}))
		if _, err := p.Alloc(64); !errors.Is(err, errRefused) || errors.Is(err, ErrOutOfMemory) {
			t.Errorf("error %v", err)
		}
		alloc(t, p, 64)
		if s := p.(MemoryStats).Stats(); s.InUse+s.Cached != 64 {
			t.Errorf("a failed allocation counts: %+v", s)
		}
	})
	t.Run("device lost while waiting", func(t *testing.T) {
		p := Pool(Fault(&fake{name: "fake:0"}, FaultPlan{Alloc: map[int]error{1: ErrOutOfMemory}, Sync: map[int]error{1: ErrDeviceLost}}))
		if _, err := p.Alloc(64); !errors.Is(err, ErrDeviceLost) {
			t.Errorf("error %v", err)
		}
	})
}

// Dropped buffers come back though Go's collector sees no reason to run.
func TestPoolGarbagePressure(t *testing.T) {
	d := &fake{name: "fake:0"}
	p := Pool(d).(*pool)
	p.floor, p.collectAt = 1<<20, 1<<20
	for range 2000 {
		hold(t, p, 64<<10)
	}
	if peak := p.Stats().Peak; peak > 4<<20 {
		t.Errorf("dropping 2000 buffers of 64 KiB took %d bytes, want about 1 MiB", peak)
	}
	// What is live is no reason to collect again and again.
	var live []Buffer
	for range 1000 {
		live = append(live, alloc(t, p, 64<<10))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		alloc(t, p, 100<<10)
	}
	runtime.ReadMemStats(&after)
	if n := after.NumForcedGC - before.NumForcedGC; n > 2 {
		t.Errorf("%d collections for 100 buffers on top of 64 MiB", n)
	}
	runtime.KeepAlive(live)
}

// Sizes that are not asked for any more do not pile up.
func TestPoolForgetsOldSizes(t *testing.T) {
	d := &fake{name: "fake:0"}
	p := Pool(d).(*pool)
	p.floor = 1 << 20
	for n := int64(1 << 20); n < 64<<20; n += n / 8 {
		alloc(t, p, n).Free()
		if s := p.Stats(); s.InUse+s.Cached > s.Peak+s.Peak/2+p.floor {
			t.Fatalf("after %d bytes: %+v", n, s)
		}
	}
}

func TestPoolCutsAndMerges(t *testing.T) {
	d := &cutter{fake{name: "cutter:0"}}
	p := Pool(d)
	var small []Buffer
	for range 1000 {
		small = append(small, alloc(t, p, 1000))
	}
	if n := d.allocs.Load(); n != 1 {
		t.Errorf("1000 small buffers took %d pages, want 1", n)
	}
	seen := map[*byte]bool{}
	for i, b := range small {
		if seen[place(b)] {
			t.Fatal("two buffers share memory")
		}
		seen[place(b)] = true
		mem := b.(HostBuffer).Bytes()
		for k := range mem {
			mem[k] = byte(i)
		}
	}
	for i, b := range small {
		for _, x := range b.(HostBuffer).Bytes() {
			if x != byte(i) {
				t.Fatalf("buffer %d was overwritten", i)
			}
		}
	}
	for _, i := range rand.New(rand.NewPCG(3, 3)).Perm(len(small)) {
		small[i].Free()
	}
	alloc(t, p, 1<<20).Free() // only if the pieces are joined again
	if n := d.allocs.Load(); n != 1 {
		t.Errorf("a request of 1 MiB took page %d: freed pieces were not merged", n)
	}
	big := alloc(t, p, 64<<20)
	big.Free()
	x, y := alloc(t, p, 30<<20), alloc(t, p, 30<<20)
	if n := d.allocs.Load(); n != 2 {
		t.Errorf("two halves of a cached page took %d pages, want none", n-2)
	}
	x.Free()
	y.Free()
	p.(Limiter).SetLimit(66 << 20) // all taken: a page of 2 MiB and one of 64
	var more []Buffer
	for range 5000 {
		more = append(more, alloc(t, p, 10<<10)) // small ones in the large page
	}
	for _, b := range more {
		b.Free()
	}
	p.(Trimmer).Trim()
	if d.live.Load() != 0 {
		t.Errorf("%d pages are left of an empty pool", d.live.Load())
	}
}

func TestPoolClose(t *testing.T) {
	d := &fake{name: "fake:0"}
	p := Pool(d)
	b := alloc(t, p, 64)
	alloc(t, p, 128).Free()
	if err := p.Close(); err != nil || !d.closed.Load() {
		t.Fatal(err)
	}
	b.Free() // a cleanup that comes late
	if s := p.(MemoryStats).Stats(); s.Buffers != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := p.Alloc(64); !errors.Is(err, ErrClosed) {
		t.Errorf("Alloc after Close: %v", err)
	}
	if err := p.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("Close after Close: %v", err)
	}
}

func TestPoolConcurrent(t *testing.T) {
	for name, d := range map[string]Device{"whole": &fake{name: "fake:0"}, "cut": &cutter{fake{name: "cutter:0"}}} {
		t.Run(name, func(t *testing.T) {
			p := Pool(d)
			p.(*pool).floor = 1 << 20
			p.(Limiter).SetLimit(64 << 20)
			var wg sync.WaitGroup
			var short atomic.Int64
			for g := range 8 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(g), 7))
					var live []Buffer
					for range 3000 {
						if len(live) > 20 || len(live) > 0 && r.IntN(3) == 0 {
							i := r.IntN(len(live))
							b := live[i]
							mem := b.(HostBuffer).Bytes()
							if mem[0] != byte(g) || mem[len(mem)-1] != byte(g) {
								t.Error("somebody else wrote to a buffer in use")
								return
							}
							live[i] = live[len(live)-1]
							live = live[:len(live)-1]
							b.Free()
							b.Free()
							continue
						}
						b, err := p.Alloc(1 + int64(r.Uint64()>>(43+r.IntN(16))))
						if errors.Is(err, ErrOutOfMemory) && len(live) > 0 {
							live[0].Free() // pages can be in pieces; make room
							live = live[1:]
							short.Add(1)
							continue
						}
						if err != nil {
							t.Error(err)
							return
						}
						mem := b.(HostBuffer).Bytes()
						mem[0], mem[len(mem)-1] = byte(g), byte(g)
						live = append(live, b)
						if r.IntN(500) == 0 {
							p.(Trimmer).Trim()
						}
					}
					for _, b := range live {
						b.Free()
					}
				})
			}
			wg.Wait()
			if n := short.Load(); n > 100 {
				t.Errorf("out of memory %d times with half of it in use", n)
			}
			s := p.(MemoryStats).Stats()
			if s.InUse != 0 || s.Buffers != 0 {
				t.Errorf("leaked: %+v", s)
			}
			p.(Trimmer).Trim()
			if s := p.(MemoryStats).Stats(); s.Cached != 0 {
				t.Errorf("cached after Trim: %+v", s)
			}
		})
	}
}

func TestPoolHitAllocatesNothing(t *testing.T) {
	p := Pool(&fake{name: "fake:0"})
	alloc(t, p, 1<<20).Free()
	if n := testing.AllocsPerRun(1000, func() {
		b, _ := p.Alloc(1 << 20)
		b.Free()
	}); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
}

func BenchmarkPoolHit(b *testing.B) {
	p := Pool(&fake{name: "fake:0"})
	b.ReportAllocs()
	for b.Loop() {
		x, _ := p.Alloc(1 << 20)
		x.Free()
	}
}

func BenchmarkPoolCutHit(b *testing.B) {
	p := Pool(&cutter{fake{name: "cutter:0"}})
	b.ReportAllocs()
	for b.Loop() {
		x, _ := p.Alloc(10000)
		x.Free()
	}
}
