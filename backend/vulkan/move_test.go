package vulkan

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// TestTogether computes with enough elements of each type that several are
// moved at once, in all layouts, and with ends that are not aligned. The
// results are the CPU's, bit for bit.
func TestTogether(t *testing.T) {
	for _, limits := range []string{"int64=off", ""} {
		if limits == "" && testing.Short() {
			continue
		}
		t.Setenv("HEKLA_VULKAN_LIMITS", limits)
		together(t, first(t, func(*device) {}), limits)
	}
}

func together(t *testing.T, d backend.Device, limits string) {
	type T = *tensor.Tensor
	const rows, columns = 129, 88 // of which parts are skipped
	types := dtype.All()
	if testing.Short() { // one of each size
		types = []dtype.DType{dtype.Uint8, dtype.BFloat16, dtype.Float32, dtype.Int64}
	}
	for _, e := range types {
		numbers := func(dev backend.Device, seed int, s ...int) T {
			n := 1
			for _, k := range s {
				n *= k
			}
			l := make([]int32, n)
			for i := range l {
				l[i] = int32((i*7919 + seed) % 97 % (5 + 8*e.Size()))
			}
			return tensor.From(dev, l, s...).To(e)
		}
		if e == dtype.Float64 && tensor.Try(func() error { numbers(d, 0, 1); return nil }) != nil {
			continue // the device has none
		}
		for name, f := range map[string]func(dev backend.Device) T{
			"all dense": func(dev backend.Device) T {
				return numbers(dev, 1, rows*columns).Maximum(numbers(dev, 2, rows*columns))
			},
			"shifted by one": func(dev backend.Device) T {
				return numbers(dev, 1, rows*columns).Narrow(0, 1, 9001).Maximum(numbers(dev, 2, 9001))
			},
			"shifted by eight": func(dev backend.Device) T {
				return numbers(dev, 1, rows*columns).Narrow(0, 32, 9003).Maximum(numbers(dev, 2, 9003))
			},
			"a number":      func(dev backend.Device) T { return numbers(dev, 1, rows*columns).Maximum(numbers(dev, 2, 1)) },
			"one of a row":  func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Maximum(numbers(dev, 2, rows, 1)) },
			"a row for all": func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Maximum(numbers(dev, 2, columns)) },
			"part of rows": func(dev backend.Device) T {
				return numbers(dev, 1, rows, columns).Narrow(1, 8, 64).Maximum(numbers(dev, 2, rows, 64))
			},
			"odd part of rows": func(dev backend.Device) T {
				return numbers(dev, 1, rows, columns).Narrow(1, 3, 64).Maximum(numbers(dev, 2, rows, 64))
			},
			"turned": func(dev backend.Device) T {
				return numbers(dev, 1, columns, rows).Transpose(0, 1).Maximum(numbers(dev, 2, rows, columns))
			},
			"compared":      func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Lt(numbers(dev, 2, rows, columns)) },
			"converted":     func(dev backend.Device) T { return numbers(dev, 1, rows, columns).To(dtype.Float16) },
			"copied":        func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Clone() },
			"copied part":   func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Narrow(1, 16, 40).Contiguous() },
			"copied turned": func(dev backend.Device) T { return numbers(dev, 1, columns, rows).Transpose(0, 1).Contiguous() },
			"copied turned, in squares": func(dev backend.Device) T {
				return numbers(dev, 1, 3, 2, 56, 80).Narrow(3, 8, 64).Permute(1, 0, 3, 2).Contiguous()
			},
			"copied turned, in odd squares": func(dev backend.Device) T {
				return numbers(dev, 1, 2, 5, 72, 40).Permute(0, 2, 3, 1).Contiguous().Permute(2, 3, 0, 1).Contiguous()
			},
			"copied turned, the middle first": func(dev backend.Device) T {
				return numbers(dev, 1, 40, 24, 56).Permute(1, 2, 0).Contiguous()
			},
			"joined": func(dev backend.Device) T {
				return tensor.Concat(1, numbers(dev, 1, rows, 40), numbers(dev, 2, rows, 48))
			},
			"flipped": func(dev backend.Device) T { return numbers(dev, 1, rows, columns).Flip(1) },
		} {
			t.Run(fmt.Sprintf("%v/%s/%s", e, name, limits), func(t *testing.T) {
				if e == dtype.Bool && name != "compared" && name[0] != 'c' && name[0] != 'j' && name[0] != 'f' {
					t.Skip("there is no maximum of bools")
				}
				if got, want := f(d).Bytes(), f(tensor.CPU()).Bytes(); string(got) != string(want) {
					for i := range want {
						if got[i] != want[i] {
							t.Fatalf("byte %d of %d is %d, want %d", i, len(want), got[i], want[i])
						}
					}
				}
			})
		}
	}
}
