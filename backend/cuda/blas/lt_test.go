package blas

import (
	"errors"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// some has the symbols that begin with one of its prefixes; their address is its length.
type some []string

func (s some) Symbol(name string) (uintptr, error) {
	for _, p := range s {
		if strings.HasPrefix(name, p) {
			return uintptr(len(s)), nil
		}
	}
	return 0, errors.New("undefined symbol: " + name)
}

// TestLtOfItsOwn finds cuBLASLt by way of cuBLAS, or in a library of its own, which is
// asked for only then.
func TestLtOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		name   string
		blas   some
		lt     driver.Symbols
		want   uintptr // of a function of cuBLASLt; 0 if there is none
		opened int
	}{
		{"linked", some{"cublas"}, nil, 1, 0},
		{"apart", some{"cublasC", "cublasD", "cublasS", "cublasG"}, some{"cublasLt", "x"}, 2, 10},
		{"none", some{"cublasC", "cublasD", "cublasS", "cublasG"}, nil, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			opened := 0
			l, err := New(withLt{c.blas, func() driver.Symbols { opened++; return c.lt }})
			if err != nil {
				t.Fatal(err)
			}
			if opened != c.opened || (l.lt != nil) != (c.want != 0) || l.lt != nil && l.lt.multiply != c.want {
				t.Errorf("asked for the library %d times, functions %+v", opened, l.lt)
			}
			if l.gemm != uintptr(len(c.blas)) {
				t.Errorf("a product at %d", l.gemm)
			}
		})
	}
}

// TestLtVersion: a cuBLAS that does not say its version has none of its own.
func TestLtVersion(t *testing.T) {
	if s := openLt(some{"cublasCreate"}); s != nil {
		t.Error(s)
	}
	for _, name := range ltNames(12) {
		if !strings.Contains(name, "ublasLt") || !strings.Contains(name, "12") {
			t.Errorf("%q", name)
		}
	}
}
