//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import "unsafe"

// Objects of cuBLASLt.
type (
	ltDesc struct {
		compute, scale, epilogue uint64
		flip                     [2]uint64
		bias                     uint64
	}
	ltLayout struct {
		kind       uint32
		rows, cols int
		ld         int
	}
	ltPrefer struct{ workspace uint64 }
)

// ltAlgorithm is what the heuristic finds and a multiplication wants to see again.
const ltAlgorithm = 0x6865_6b6c_6121

// ltFound is a result of the heuristic, as the library lays it out.
type ltFound struct {
	algorithm [8]uint64
	workspace uint64
	_         uint32 // its state: success
	waves     float32
	_         [4]int32
}

func ltNew(name string, out *uintptr, o any) uintptr {
	return inContext(name, func(m *Machine, _ *device) uint32 {
		*out = m.newHandle()
		m.lt[*out] = o
		return success
	})
}

func ltDrop(name string, o uintptr) uintptr {
	return inContext(name, func(m *Machine, _ *device) uint32 {
		if m.lt[o] == nil {
			return blasInvalid
		}
		delete(m.lt, o)
		return success
	})
}

// ltValue reads an attribute.
func ltValue(p unsafe.Pointer, bytes uintptr) uint64 {
	if bytes == 4 {
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

// Plans returns how many handles of cuBLAS and objects of cuBLASLt were not given back.
func (m *Machine) Plans() int { return len(m.lt) + len(m.blas) + m.lost.blas }

// ltCallbacks are what there is of cuBLASLt: products of matrices by column, with a
// bias for each row and GELU as the library has it.
var ltCallbacks = map[string]any{
	"cublasLtMatmulDescCreate": func(out *uintptr, compute, scale uintptr) uintptr {
		return ltNew("cublasLtMatmulDescCreate", out, &ltDesc{compute: uint64(compute), scale: uint64(scale), epilogue: 1})
	},
	"cublasLtMatmulDescSetAttribute": func(o, attribute uintptr, p unsafe.Pointer, bytes uintptr) uintptr {
		return inContext("cublasLtMatmulDescSetAttribute", func(m *Machine, _ *device) uint32 {
			d, ok := m.lt[o].(*ltDesc)
			if !ok || (attribute == 8) != (bytes == 8) {
				return blasInvalid
			}
			to := map[uintptr]*uint64{3: &d.flip[0], 4: &d.flip[1], 7: &d.epilogue, 8: &d.bias}[attribute]
			if to == nil {
				return blasUnsupplied
			}
			*to = ltValue(p, bytes)
			return success
		})
	},
	"cublasLtMatmulDescDestroy": func(o uintptr) uintptr { return ltDrop("cublasLtMatmulDescDestroy", o) },
	"cublasLtMatrixLayoutCreate": func(out *uintptr, kind, rows, cols, ld uintptr) uintptr {
		return ltNew("cublasLtMatrixLayoutCreate", out, &ltLayout{uint32(kind), int(rows), int(cols), int(ld)})
	},
	"cublasLtMatrixLayoutDestroy": func(o uintptr) uintptr { return ltDrop("cublasLtMatrixLayoutDestroy", o) },
	"cublasLtMatmulPreferenceCreate": func(out *uintptr) uintptr {
		return ltNew("cublasLtMatmulPreferenceCreate", out, &ltPrefer{})
	},
	"cublasLtMatmulPreferenceSetAttribute": func(o, attribute uintptr, p unsafe.Pointer, bytes uintptr) uintptr {
		return inContext("cublasLtMatmulPreferenceSetAttribute", func(m *Machine, _ *device) uint32 {
			d, ok := m.lt[o].(*ltPrefer)
			if !ok || attribute != 1 || bytes != 8 {
				return blasInvalid
			}
			d.workspace = ltValue(p, bytes)
			return success
		})
	},
	"cublasLtMatmulPreferenceDestroy": func(o uintptr) uintptr { return ltDrop("cublasLtMatmulPreferenceDestroy", o) },
	"cublasLtMatmulAlgoGetHeuristic": func(h, desc, a, b, c, d, prefer, count uintptr, found *ltFound, returned *int32) uintptr {
		return inContext("cublasLtMatmulAlgoGetHeuristic", func(m *Machine, _ *device) uint32 {
			if _, status := m.ltProduct(desc, a, b, c, d); status != success {
				return status
			}
			if _, ok := m.lt[prefer].(*ltPrefer); !ok || count < 1 {
				return blasInvalid
			}
			*found = ltFound{workspace: 1 << 20, waves: 1}
			found.algorithm[0], *returned = ltAlgorithm, 1
			return success
		})
	},
	"cublasLtMatmul": func(h, desc uintptr, alpha *float32, a, descA, b, descB uintptr, beta *float32, c, descC, d, descD uintptr,
		algorithm *[8]uint64, workspace, bytes, stream uintptr) uintptr {
		return inContext("cublasLtMatmul", func(m *Machine, dev *device) uint32 {
			g, status := m.ltProduct(desc, descA, descB, descC, descD)
			if status != success {
				return status
			}
			if *alpha != 1 || *beta != 0 || c != d || algorithm[0] != ltAlgorithm || dev.mem.Bytes(uint64(workspace), int64(bytes)) == nil {
				return blasInvalid
			}
			g.d, g.a.at, g.b.at, g.c.at = dev, uint64(a), uint64(b), uint64(d)
			run := func() uint32 {
				m.Products++
				m.Biased++
				if g.gelu {
					m.Activated++
				}
				if !m.Idle && !g.product(0) {
					return blasMapping
				}
				return success
			}
			return m.blasEnqueue(dev, stream, run)
		})
	},
}

// ltProduct checks a multiplication and returns it.
func (m *Machine) ltProduct(desc, a, b, c, d uintptr) (*gemm, uint32) {
	t, ok := m.lt[desc].(*ltDesc)
	x, okA := m.lt[a].(*ltLayout)
	y, okB := m.lt[b].(*ltLayout)
	z, okC := m.lt[d].(*ltLayout)
	if !ok || !okA || !okB || !okC || c != d || x.kind != y.kind || x.kind != z.kind || x.ld < x.rows || y.ld < y.rows || z.ld < z.rows {
		return nil, blasInvalid
	}
	const bias, gelu = 4, 32
	if t.epilogue&^(bias|gelu) != 0 || t.epilogue == 0 || (t.epilogue&bias != 0) != (t.bias != 0) || t.scale != 0 || t.compute != 68 && (t.compute != 77 || x.kind != 0) {
		return nil, blasUnsupplied
	}
	g := &gemm{
		kind: x.kind, m: x.rows, k: x.cols, n: y.cols, bias: t.bias, gelu: t.epilogue&gelu != 0,
		a: matrix{ld: x.ld, flipped: t.flip[0] == 1}, b: matrix{ld: y.ld, flipped: t.flip[1] == 1}, c: matrix{ld: z.ld},
	}
	depth := y.rows
	if g.a.flipped {
		g.m, g.k = g.k, g.m
	}
	if g.b.flipped {
		depth, g.n = g.n, depth
	}
	if depth != g.k || z.rows != g.m || z.cols != g.n {
		return nil, blasInvalid
	}
	return g, success
}
