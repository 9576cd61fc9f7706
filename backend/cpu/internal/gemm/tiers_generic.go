//go:build (!amd64 && !arm64) || noasm

package gemm

func kernelsF32() *kernels[float32] { return &portableF32 }
func kernelsF64() *kernels[float64] { return &portableF64 }
