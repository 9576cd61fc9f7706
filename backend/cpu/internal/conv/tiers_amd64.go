//go:build amd64 && !noasm

package conv

import "github.com/hekla-ml/hekla/backend/cpu/internal/isa"

func kernels32() *kernels[float32] {
	switch isa.Active() {
	case isa.AVX512:
		return &kernelsAVX512F32
	case isa.AVX2:
		return &kernelsAVX2F32
	}
	return &portable32
}

func kernels64() *kernels[float64] {
	switch isa.Active() {
	case isa.AVX512:
		return &kernelsAVX512F64
	case isa.AVX2:
		return &kernelsAVX2F64
	}
	return &portable64
}
