package ptx

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// compileKernel loads a kernel into the interpreter.
func compileKernel(t testing.TB, k *Kernel) *ptxsim.Kernel {
	t.Helper()
	m, err := ptxsim.Load(k.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, k.Text)
	}
	return m.Kernels[k.Name]
}

// launch runs a kernel with the given parameter words.
func launch(t testing.TB, mem *ptxsim.Memory, k *ptxsim.Kernel, grid, block int, words []uint64) {
	t.Helper()
	params := make([]byte, 0, 8*len(words))
	for _, w := range words {
		params = binary.LittleEndian.AppendUint64(params, w)
	}
	l := ptxsim.Launch{Grid: [3]uint32{uint32(grid), 1, 1}, Block: [3]uint32{uint32(block), 1, 1}, Params: params}
	if err := k.Run(mem, l); err != nil {
		t.Fatal(err)
	}
}

func upload(mem *ptxsim.Memory, data []byte) uint64 {
	p, _ := mem.Alloc(int64(len(data)))
	copy(mem.Bytes(p, int64(len(data))), data)
	return p
}

func bytesOf32(x []float32) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
