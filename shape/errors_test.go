package shape

import (
	"slices"
	"testing"
)

// wantError checks the whole text: it is what a user works from.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

func TestAxis(t *testing.T) {
	for _, c := range []struct{ axis, rank, want int }{
		{0, 3, 0}, {2, 3, 2}, {-1, 3, 2}, {-3, 3, 0},
		{0, 0, 0}, {-1, 0, 0}, // a scalar is taken as one axis
	} {
		if got, err := Axis(c.axis, c.rank); got != c.want || err != nil {
			t.Errorf("Axis(%d, %d) = %d, %v, want %d", c.axis, c.rank, got, err, c.want)
		}
	}
	_, err := Axis(3, 3)
	wantError(t, err, "shape: axis 3 is out of range for rank 3, want -3 to 2")
	_, err = Axis(-2, 0)
	wantError(t, err, "shape: axis -2 is out of range for rank 0, want -1 to 0")
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		axes []int
		rank int
		want []int
	}{
		{nil, 3, []int{0, 1, 2}}, {[]int{-1, 0}, 3, []int{0, 2}}, {nil, 0, []int{}}, {[]int{0}, 0, nil},
	} {
		if got, err := Axes(c.axes, c.rank); !slices.Equal(got, c.want) || err != nil {
			t.Errorf("Axes(%v, %d) = %v, %v, want %v", c.axes, c.rank, got, err, c.want)
		}
	}
	_, err := Axes([]int{0, -3}, 3)
	wantError(t, err, "shape: axis 0 is named twice in [0 -3]")
	_, err = Axes([]int{1, 5}, 3)
	wantError(t, err, "shape: axis 5 is out of range for rank 3, want -3 to 2")
}

func TestReduced(t *testing.T) {
	s := []int{2, 3, 4}
	if got := Reduced(s, []int{0, 2}, false); !slices.Equal(got, []int{3}) {
		t.Errorf("got %v", got)
	}
	if got := Reduced(s, []int{0, 2}, true); !slices.Equal(got, []int{1, 3, 1}) {
		t.Errorf("got %v", got)
	}
	if !slices.Equal(s, []int{2, 3, 4}) {
		t.Errorf("the operand became %v", s)
	}
}

func TestInfer(t *testing.T) {
	for _, c := range []struct {
		n       int
		s, want []int
	}{
		{12, []int{3, -1}, []int{3, 4}}, {12, []int{12}, []int{12}}, {1, nil, nil}, {0, []int{0, 5}, []int{0, 5}}, {0, []int{4, -1}, []int{4, 0}}, {1, []int{-1}, []int{1}},
	} {
		s := slices.Clone(c.s)
		if got, err := Infer(c.n, s); !slices.Equal(got, c.want) || err != nil {
			t.Errorf("Infer(%d, %v) = %v, %v, want %v", c.n, c.s, got, err, c.want)
		}
		if !slices.Equal(s, c.s) {
			t.Errorf("Infer changed %v to %v", c.s, s)
		}
	}
	for _, c := range []struct {
		n    int
		s    []int
		want string
	}{
		{12, []int{5, -1}, "shape: no size for -1 in [5 -1] gives 12 elements"},
		{12, []int{5, 2}, "shape: [5 2] has 10 elements, want 12"},
		{12, []int{-1, -1}, "shape: [-1 -1]: sizes must not be negative, and at most one may be -1"},
		{12, []int{-2, 6}, "shape: [-2 6]: sizes must not be negative, and at most one may be -1"},
		{0, []int{0, -1}, "shape: no size for -1 in [0 -1] gives 0 elements"}, // any would do
		{0, []int{1 << 32, 1 << 32}, "shape: [4294967296 4294967296] has more elements than an int can count"},
	} {
		_, err := Infer(c.n, c.s)
		wantError(t, err, c.want)
	}
}

func TestViewErrors(t *testing.T) {
	v := Contiguous([]int{2, 3})
	_, err := v.Permute(0)
	wantError(t, err, "shape: permute [2 3] by [0]: want one entry for each of 2 axes")
	_, err = v.Permute(1, -1)
	wantError(t, err, "shape: permute [2 3] by [1 -1]: axis 1 is named twice")
	_, err = v.Expand([]int{4, 3})
	wantError(t, err, "shape: expand [2 3] to [4 3]: size 2 at axis 0 cannot become 4")
	_, err = v.Expand([]int{3})
	wantError(t, err, "shape: expand [2 3] to [3]: the new shape has fewer axes")
	_, err = v.Expand([]int{-1, 2, 3})
	wantError(t, err, "shape: expand [2 3] to [-1 2 3]: size -1 at the new axis 0")
	_, err = v.Slice(0, 0, 1, 0)
	wantError(t, err, "shape: slice of [2 3]: step 0 is not positive")
	_, err = v.Select(1, 3)
	wantError(t, err, "shape: index 3 is out of range for axis 1 of [2 3]")
	_, err = Contiguous(nil).Select(0, 0)
	wantError(t, err, "shape: select from a scalar")
	_, err = Broadcast([]int{2, 3}, []int{4})
	wantError(t, err, "shape: cannot broadcast [[2 3] [4]]: sizes 3 and 4 differ at axis 1 from the end")
}

func TestSelect(t *testing.T) {
	v := Contiguous([]int{2, 3, 4})
	w, err := v.Select(1, -1)
	if err != nil || !slices.Equal(w.Shape, []int{2, 4}) || !slices.Equal(places(w), []int{8, 9, 10, 11, 20, 21, 22, 23}) {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestNext(t *testing.T) {
	s := []int{2, 1, 3}
	idx := make([]int, 3)
	for i := 0; ; i++ {
		if !slices.Equal(idx, index(i, s)) {
			t.Fatalf("index %d is %v", i, idx)
		}
		if !Next(idx, s) {
			if i != 5 || !slices.Equal(idx, []int{0, 0, 0}) {
				t.Errorf("wrapped after %d to %v", i, idx)
			}
			return
		}
	}
}
