package tensor_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func usable(x *tensor.Tensor) bool {
	return tensor.Try(func() error { x.Float64s(); return nil }) == nil
}

func TestScope(t *testing.T) {
	x := vec(1, 2)
	w := vec(3, 4).SetRequiresGrad(true)
	var own, next, view, kept, free, like, result *tensor.Tensor
	tensor.Scope(func(s *tensor.Arena) {
		own = s.Own(x.Detach())
		next = own.MulScalar(2).AddScalar(1)
		view = next.Slice(0, 0, 1)
		kept = next.Exp().Keep()
		free = tensor.Ones(cpu, dtype.Float32, 2)
		like = tensor.ZerosLike(own)
		result = own.Mul(w)
	})
	for _, c := range []struct {
		name  string
		x     *tensor.Tensor
		lives bool
		why   string
	}{
		{"x", x, true, "only its other handle was owned"},
		{"own", own, false, "owned"},
		{"next", next, false, "computed from what is owned"},
		{"view", view, false, "a view of it"},
		{"kept", kept, true, "taken out"},
		{"free", free, true, "computed from nothing that is owned"},
		{"like", like, false, "made in the likeness of what is owned"},
		{"result", result, false, "one operand is owned"},
		{"w", w, true, "a leaf that is not owned"},
	} {
		if usable(c.x) != c.lives {
			t.Errorf("%s can be used: %v, want %v: %s", c.name, !c.lives, c.lives, c.why)
		}
	}
	if n, _ := result.Node(); !n.Released() {
		t.Error("the record outlived its scope")
	}
	late := x.Detach()
	var a *tensor.Arena
	tensor.Scope(func(s *tensor.Arena) { a = s })
	if a.Own(late); !usable(late) {
		t.Error("an arena that is closed freed a tensor")
	}
}

// A panic ends the scope too.
func TestScopePanics(t *testing.T) {
	var y *tensor.Tensor
	err := tensor.Try(func() error {
		tensor.Scope(func(s *tensor.Arena) {
			y = s.Own(vec(1, 2)).Exp()
			y.Reshape(3)
		})
		return nil
	})
	if err == nil || usable(y) {
		t.Errorf("error %v, still usable %v", err, usable(y))
	}
}

func TestScopesNest(t *testing.T) {
	tensor.Scope(func(outer *tensor.Arena) {
		x := outer.Own(vec(1, 2))
		var y, z *tensor.Tensor
		tensor.Scope(func(inner *tensor.Arena) {
			y = inner.Own(x.Detach().Keep()).Exp()
			z = x.Exp()
		})
		if usable(y) || !usable(z) {
			t.Errorf("inner usable %v, outer usable %v", usable(y), usable(z))
		}
	})
}

func TestHandles(t *testing.T) {
	w := vec(3, 4).SetRequiresGrad(true)
	var y *tensor.Tensor
	tensor.Handles(func(s *tensor.Arena) {
		y = s.Own(w.Reshape(2)).Exp().Exp().Sum().Keep()
	})
	n, _ := y.Node()
	if n.Released() || !usable(y) {
		t.Error("the record was released")
	}
}

func TestFree(t *testing.T) {
	uncollected(t, "freeing handles", func() {
		x := vec(1, 2, 3)
		y := x.Slice(0, 1, 3)
		x.Free()
		x.Free() // once is enough
		same(t, "a view whose tensor was freed", y, []int{2}, 2, 3)
		y.Free()
	})
	x := vec(1)
	x.Free()
	if x.Shape()[0] != 1 || x.DType() != dtype.Float64 || x.Numel() != 1 {
		t.Error("shape and type are gone with the memory")
	}
	if err := tensor.Try(func() error { x.Exp(); return nil }); !errors.Is(err, tensor.ErrFreed) {
		t.Errorf("use after free: %v", err)
	}
}

// What ops make on the way to their result is theirs to free.
func TestOpsLeaveNothing(t *testing.T) {
	x, y := count(dtype.Float32, 4, 6), count(dtype.Float32, 6)
	idx, mask := ints(0, 2), tensor.From(cpu, []bool{true, false, true, true})
	i32 := idx.To(dtype.Int32)
	for name, f := range map[string]func() *tensor.Tensor{
		"reshape by copy": func() *tensor.Tensor { v := x.T(); defer v.Free(); return v.Reshape(24) },
		"matmul":          func() *tensor.Tensor { return x.MatMul(y) },
		"outer":           func() *tensor.Tensor { return y.Outer(y) },
		"index":           func() *tensor.Tensor { return x.Index(tensor.I(0), tensor.NewAxis, tensor.S(1, 3)) },
		"index by tensor": func() *tensor.Tensor { return x.Index(tensor.All, tensor.At(i32)) },
		"index by mask":   func() *tensor.Tensor { return x.Index(tensor.At(mask), tensor.S(1, 3)) },
		"std":             func() *tensor.Tensor { return x.Std(1, 0) },
		"layernorm":       func() *tensor.Tensor { return x.LayerNorm(1, 1e-5, y, y) },
		"softmax":         func() *tensor.Tensor { return x.Softmax(1) },
		"stack":           func() *tensor.Tensor { return tensor.Stack(0, y, y) },
		"random":          func() *tensor.Tensor { return tensor.NewGenerator(1).Normal(cpu, dtype.Float32, 1, 2, 5) },
		"copy":            func() *tensor.Tensor { return tensor.Empty(cpu, dtype.Float32, 4, 6).CopyInPlace(y) },
		"fill":            func() *tensor.Tensor { return tensor.Empty(cpu, dtype.Float32, 4).Fill(1) },
		"overlap": func() *tensor.Tensor {
			z := y.Clone()
			a, b := z.Slice(0, 1, 6), z.Slice(0, 0, 5)
			a.AddInPlace(b)
			a.Free()
			b.Free()
			return z
		},
		"set": func() *tensor.Tensor {
			z := x.Clone()
			z.SetIndex(y, tensor.I(1))
			z.SetIndex(y, tensor.At(i32))
			z.SetIndex(y, tensor.At(mask))
			return z
		},
		"elsewhere": func() *tensor.Tensor { return x.ToDevice(second) },
		"item":      func() *tensor.Tensor { s := y.Slice(0, 1, 2); s.Item(); return s },
		"recorded": func() *tensor.Tensor {
			var r *tensor.Tensor
			tensor.Scope(func(s *tensor.Arena) {
				w := s.Own(y.Detach()).SetRequiresGrad(true)
				r = w.Std(1).Detach().Keep()
			})
			return r
		},
	} {
		uncollected(t, name, func() { f().Free() })
	}
}

// A leaf test's own testing.TB, which remembers.
type fakeTB struct {
	errors  []string
	cleanup []func()
}

func (f *fakeTB) Helper() {}
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Cleanup(c func()) { f.cleanup = append(f.cleanup, c) }
func (f *fakeTB) end() {
	for _, c := range f.cleanup {
		c()
	}
}

func TestCheckLeaks(t *testing.T) {
	tb := &fakeTB{}
	tensor.CheckLeaks(tb, cpu)
	for range 10 {
		vec(1, 2, 3).Exp() // garbage is no leak
	}
	tb.end()
	if tb.errors != nil {
		t.Errorf("without a leak: %q", tb.errors)
	}
	tb = &fakeTB{}
	tensor.CheckLeaks(tb, cpu)
	x := tensor.Ones(cpu, dtype.Float32, 1000)
	tb.end()
	if len(tb.errors) != 1 || !strings.Contains(tb.errors[0], "in 1 buffers of cpu:0 are still in use") {
		t.Errorf("with a leak: %q", tb.errors)
	}
	runtime.KeepAlive(x)
	tb = &fakeTB{}
	tensor.CheckLeaks(tb, bare{})
	if len(tb.errors) != 1 || !strings.Contains(tb.errors[0], "does not count its memory") {
		t.Errorf("on a device without figures: %q", tb.errors)
	}
}

type bare struct{ backend.Device }

func (bare) Info() backend.Info { return backend.Info{Name: "bare:0"} }

// What Detach returns keeps the elements, not the graph that led to them.
func TestDetachLetsTheGraphGo(t *testing.T) {
	w := tensor.Ones(cpu, dtype.Float32, 1000).SetRequiresGrad(true)
	tensor.CheckLeaks(t, cpu)
	var kept []*tensor.Tensor
	before := used(cpu)
	for range 10 {
		kept = append(kept, w.Exp().Exp().Exp().Sum().Detach())
	}
	for range 5 {
		runtime.GC()
	}
	tb := &fakeTB{}
	tensor.CheckLeaks(tb, cpu) // collects
	if more := used(cpu) - before; more > 10*512 {
		t.Errorf("10 scalars keep %d bytes", more)
	}
	runtime.KeepAlive(kept)
}

func TestScopeOfManyGoroutines(t *testing.T) {
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(vec(1, 2, 3))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					x.Exp().Sum().Free()
				}
			})
		}
		wg.Wait()
	})
}
