package shape

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// places lists where the elements of v are, in row-major order, by the
// definition of a View and nothing else.
func places(v View) []int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	l := make([]int, n)
	for i := range l {
		l[i] = at(v, index(i, v.Shape))
	}
	return l
}

func at(v View, idx []int) int {
	p := v.Offset
	for k, x := range idx {
		p += x * v.Strides[k]
	}
	return p
}

// index returns the index of the i-th element in row-major order.
func index(i int, s []int) []int {
	idx := make([]int, len(s))
	for k := len(s) - 1; k >= 0; k-- {
		idx[k] = i % s[k]
		i /= s[k]
	}
	return idx
}

// source draws numbers from a fuzzer's bytes, and 0 when they end.
type source struct{ data []byte }

func (s *source) intn(n int) int {
	if len(s.data) == 0 || n <= 0 {
		return 0
	}
	x := int(s.data[0]) % n
	s.data = s.data[1:]
	return x
}

func (s *source) shape() []int {
	out := make([]int, s.intn(5))
	for i := range out {
		out[i] = []int{1, 2, 3, 4, 6, 0}[s.intn(6)]
	}
	return out
}

// view draws a layout as chains of views make them: permuted, cut, stretched.
func (s *source) view() View {
	v := Contiguous(s.shape())
	v.Offset = s.intn(3)
	for range s.intn(4) {
		switch rank := len(v.Shape); {
		case rank == 0:
			v.Shape, v.Strides = []int{s.intn(4)}, []int{0}
		default:
			a, b := s.intn(rank), s.intn(rank)
			switch s.intn(4) {
			case 0:
				v.Shape, v.Strides = slices.Clone(v.Shape), slices.Clone(v.Strides)
				v.Shape[a], v.Shape[b] = v.Shape[b], v.Shape[a]
				v.Strides[a], v.Strides[b] = v.Strides[b], v.Strides[a]
			case 1:
				v, _ = v.Slice(a, s.intn(3), s.intn(7), 1+s.intn(2))
			case 2:
				if v.Shape[a] == 1 {
					v.Shape, v.Strides = slices.Clone(v.Shape), slices.Clone(v.Strides)
					v.Shape[a], v.Strides[a] = 1+s.intn(4), 0
				}
			case 3:
				v.Shape, v.Strides = slices.Insert(slices.Clone(v.Shape), a, 1), slices.Insert(slices.Clone(v.Strides), a, s.intn(5))
			}
		}
	}
	return v
}

// fuzz runs check on random bytes, as part of every test run, and on the
// fuzzer's under -fuzz.
func fuzz(f *testing.F, check func(t *testing.T, s *source)) {
	r := rand.New(rand.NewPCG(20, 26))
	for range 3000 {
		data := make([]byte, 40)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { check(t, &source{data}) })
}

func FuzzReshape(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		n := v.Numel()
		// A shape of as many elements: factors of n, with ones strewn in.
		var to []int
		for rest := n; ; {
			var divisors []int
			for d := 1; d <= rest; d++ {
				if rest%d == 0 {
					divisors = append(divisors, d)
				}
			}
			if rest == 0 {
				to = append(s.shape(), 0)
				break
			}
			if len(to) == 4 || s.intn(5) == 0 && rest == 1 {
				if rest > 1 {
					to = append(to, rest)
				}
				break
			}
			d := divisors[s.intn(len(divisors))]
			to = append(to, d)
			rest /= d
		}
		w, ok := v.Reshape(to)
		if !ok {
			if want, exists := bruteReshape(places(v), to); exists {
				t.Fatalf("%+v to %v: refused, though strides %v do", v, to, want)
			}
			return
		}
		if !slices.Equal(w.Shape, to) || !slices.Equal(places(w), places(v)) {
			t.Fatalf("%+v to %v = %+v: elements at %v, want %v", v, to, w, places(w), places(v))
		}
	})
}

// bruteReshape looks for strides that put the elements of shape s at p, by
// reading them off the first step along each axis.
func bruteReshape(p, s []int) ([]int, bool) {
	if len(p) == 0 {
		return nil, true
	}
	st := Strides(s)
	w := View{s, make([]int, len(s)), p[0]}
	for k, d := range s {
		if d > 1 {
			w.Strides[k] = p[st[k]] - p[0]
		}
	}
	return w.Strides, slices.Equal(places(w), p)
}

func FuzzSlice(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		axis, start, stop, step := s.intn(7)-3, s.intn(14)-7, s.intn(14)-7, s.intn(4)
		w, err := v.Slice(axis, start, stop, step)
		rank := len(v.Shape)
		if wrong := rank == 0 || axis < -rank || axis >= rank || step < 1; wrong || err != nil {
			if wrong != (err != nil) {
				t.Fatalf("slice of %v by axis %d, step %d: error %v", v.Shape, axis, step, err)
			}
			return
		}
		k := (axis + rank) % rank
		// As Python: range(n)[start:stop:step].
		var keep []int
		n := v.Shape[k]
		lo, hi := start, stop
		if lo < 0 {
			lo += n
		}
		if hi < 0 {
			hi += n
		}
		for i := max(lo, 0); i < min(hi, n); i += step {
			keep = append(keep, i)
		}
		if w.Shape[k] != len(keep) {
			t.Fatalf("%v[%d:%d:%d] of axis %d has size %d, want %d", v.Shape, start, stop, step, k, w.Shape[k], len(keep))
		}
		for i := range w.Numel() {
			idx := index(i, w.Shape)
			from := slices.Clone(idx)
			from[k] = keep[idx[k]]
			if got, want := at(w, idx), at(v, from); got != want {
				t.Fatalf("%+v[%d:%d:%d] of axis %d: element %v at %d, want %d", v, start, stop, step, k, idx, got, want)
			}
		}
		inside(t, v, w)
	})
}

// inside checks that w stays within the memory that v had.
func inside(t *testing.T, v, w View) {
	t.Helper()
	if w.Offset < v.Offset || w.Numel() > 0 && w.End() > v.End() || w.Numel() == 0 && w.End() != w.Offset {
		t.Fatalf("%+v reaches beyond %+v", w, v)
	}
	p := places(w)
	if len(p) > 0 && slices.Max(p)+1 != w.End() {
		t.Fatalf("%+v ends at %d, want %d", w, w.End(), slices.Max(p)+1)
	}
	contiguous := true
	for i, x := range p {
		contiguous = contiguous && x == p[0]+i
	}
	if w.IsContiguous() != contiguous {
		t.Fatalf("%+v: IsContiguous %v", w, w.IsContiguous())
	}
}

func FuzzPermute(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		rank := len(v.Shape)
		axes := make([]int, max(rank+s.intn(8)-6, 0))
		if s.intn(8) > 0 {
			axes = make([]int, rank)
		}
		for i := range axes {
			axes[i] = s.intn(2*rank+3) - rank - 1
		}
		if s.intn(2) == 0 && len(axes) == rank { // mostly random axes are wrong
			r := rand.New(rand.NewPCG(uint64(s.intn(256)), 0))
			axes = r.Perm(rank)
		}
		seen, wrong := map[int]bool{}, len(axes) != rank
		for _, a := range axes {
			wrong = wrong || a < -rank || a >= rank || seen[(a+rank)%rank]
			if !wrong {
				seen[(a+rank)%rank] = true
			}
		}
		w, err := v.Permute(axes...)
		if wrong != (err != nil) {
			t.Fatalf("permute %v by %v: error %v", v.Shape, axes, err)
		}
		if wrong {
			return
		}
		for i := range w.Numel() {
			idx := index(i, w.Shape)
			from := make([]int, rank)
			for k, a := range axes {
				from[(a+rank)%rank] = idx[k]
			}
			if got, want := at(w, idx), at(v, from); got != want {
				t.Fatalf("permute %+v by %v: element %v at %d, want %d", v, axes, idx, got, want)
			}
		}
		inside(t, v, w)
	})
}

// stretches reports by NumPy's rule whether from can become to.
func stretches(from, to []int) bool {
	off := len(to) - len(from)
	if off < 0 {
		return false
	}
	for i, d := range from {
		if d != to[off+i] && d != 1 {
			return false
		}
	}
	return true
}

func FuzzExpand(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		to := slices.Concat(s.shape(), v.Shape)
		for i := range to {
			if s.intn(3) == 0 {
				to[i] = s.intn(6) - 2
			}
		}
		want, wrong := slices.Clone(to), false
		for i, d := range to {
			if k := i - (len(to) - len(v.Shape)); d == -1 && k >= 0 {
				want[i] = v.Shape[k]
			} else if d < 0 {
				wrong = true
			}
		}
		wrong = wrong || !stretches(v.Shape, want)
		w, err := v.Expand(to)
		if wrong != (err != nil) {
			t.Fatalf("expand %v to %v: error %v", v.Shape, to, err)
		}
		if wrong {
			return
		}
		if !slices.Equal(w.Shape, want) {
			t.Fatalf("expand %v to %v has shape %v, want %v", v.Shape, to, w.Shape, want)
		}
		for i := range w.Numel() {
			idx := index(i, w.Shape)
			from := slices.Clone(idx[len(to)-len(v.Shape):])
			for k, d := range v.Shape {
				if d == 1 {
					from[k] = 0
				}
			}
			if got, want := at(w, idx), at(v, from); got != want {
				t.Fatalf("expand %+v to %v: element %v at %d, want %d", v, to, idx, got, want)
			}
		}
	})
}

func FuzzBroadcast(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		shapes := make([][]int, s.intn(4))
		for i := range shapes {
			shapes[i] = s.shape()
			for k := range shapes[i] {
				if s.intn(2) == 0 {
					shapes[i][k] = 1
				}
			}
		}
		before := fmt.Sprint(shapes)
		got, err := Broadcast(shapes...)
		if fmt.Sprint(shapes) != before {
			t.Fatalf("Broadcast(%s) changed its operands to %v", before, shapes)
		}
		var want []int
		ok := true
		for _, x := range shapes {
			for k := len(want); k < len(x); k++ {
				want = slices.Insert(want, 0, 1)
			}
			for k, d := range x {
				switch e := &want[len(want)-len(x)+k]; {
				case *e == 1:
					*e = d
				case d != 1 && d != *e:
					ok = false
				}
			}
		}
		if ok != (err == nil) || ok && !slices.Equal(got, want) {
			t.Fatalf("Broadcast(%v) = %v, %v, want %v", shapes, got, err, want)
		}
		if !ok {
			return
		}
		for _, x := range shapes {
			all, kept := BroadcastAxes(x, got)
			// Summing over all and keeping kept must give x back.
			var left []int
			for i, d := range got {
				switch {
				case slices.Contains(kept, i):
					left = append(left, 1)
				case !slices.Contains(all, i):
					left = append(left, d)
				}
			}
			if !slices.Equal(left, x) {
				t.Fatalf("BroadcastAxes(%v, %v) = %v, %v, which leaves %v", x, got, all, kept, left)
			}
		}
	})
}

func FuzzDiagonal(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		rank := len(v.Shape)
		offset, a, b := s.intn(9)-4, s.intn(6)-3, s.intn(6)-3
		w, err := v.Diagonal(offset, a, b)
		wrong := rank < 2 || a < -rank || a >= rank || b < -rank || b >= rank || (a+rank)%rank == (b+rank)%rank
		if wrong != (err != nil) {
			t.Fatalf("diagonal of %v over %d and %d: error %v", v.Shape, a, b, err)
		}
		if wrong {
			return
		}
		a, b = (a+rank)%rank, (b+rank)%rank
		n := 0
		for i := range v.Shape[a] {
			if j := i + offset; j >= 0 && j < v.Shape[b] {
				n++
			}
		}
		if got := w.Shape[len(w.Shape)-1]; got != n {
			t.Fatalf("diagonal %d of %v over %d and %d has size %d, want %d", offset, v.Shape, a, b, got, n)
		}
		for i := range w.Numel() {
			idx := index(i, w.Shape)
			var from []int
			rest := idx
			for k := range v.Shape {
				d := idx[len(idx)-1]
				switch k {
				case a:
					from = append(from, d+max(-offset, 0))
				case b:
					from = append(from, d+max(offset, 0))
				default:
					from = append(from, rest[0])
					rest = rest[1:]
				}
			}
			if got, want := at(w, idx), at(v, from); got != want {
				t.Fatalf("diagonal %d of %+v over %d and %d: element %v at %d, want %d", offset, v, a, b, idx, got, want)
			}
		}
		inside(t, v, w)
	})
}

func FuzzUnfold(f *testing.F) {
	fuzz(f, func(t *testing.T, s *source) {
		v := s.view()
		rank := len(v.Shape)
		axis, size, step := s.intn(6)-3, s.intn(7)-1, s.intn(4)
		w, err := v.Unfold(axis, size, step)
		if rank == 0 { // as one element of an axis
			return
		}
		wrong := axis < -rank || axis >= rank || size < 0 || step < 1 || size > v.Shape[(axis+rank)%rank]
		if wrong != (err != nil) {
			t.Fatalf("unfold %v by axis %d, size %d, step %d: error %v", v.Shape, axis, size, step, err)
		}
		if wrong {
			return
		}
		k := (axis + rank) % rank
		for i := range w.Numel() {
			idx := index(i, w.Shape)
			from := slices.Clone(idx[:rank])
			from[k] = idx[k]*step + idx[rank]
			if got, want := at(w, idx), at(v, from); got != want {
				t.Fatalf("unfold %+v: element %v at %d, want %d", v, idx, got, want)
			}
		}
		if v.Numel() > 0 && w.Numel() > 0 && w.End() > v.End() {
			t.Fatalf("unfold %+v by axis %d, size %d, step %d reaches to %d", v, axis, size, step, w.End())
		}
	})
}

func TestCheckOverflow(t *testing.T) {
	for _, c := range []struct {
		s  []int
		ok bool
	}{
		{nil, true},
		{[]int{0, math.MaxInt, math.MaxInt}, false}, // strides would overflow
		{[]int{math.MaxInt}, true},
		{[]int{1 << 31, 1 << 32}, false},
		{[]int{1 << 31, 1 << 31}, true},
		{[]int{2, -1}, false},
	} {
		if err := Check(c.s); (err == nil) != c.ok {
			t.Errorf("Check(%v): %v", c.s, err)
		}
	}
}
