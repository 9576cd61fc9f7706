package cuda

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A matrixProduct is a call of matmul, taken apart. s.nest holds its leading axes.
type matrixProduct struct {
	call           *backend.Call
	m, n, k, batch int
	x, y           follows
	bias           *backend.View // of Linear, or nil
	then           op.Epilogue   // likewise
	s              *scratch
}

// follows says how a matrix lies in memory: along its last axis, or the one
// before, with a step in bytes from one such line to the next.
type follows struct {
	last, ok bool
	step     int
}

func follow(v *backend.View) follows {
	size := v.DType.Size()
	r := len(v.Shape)
	switch {
	case last(v, 1) == 1 || v.Shape[r-1] == 1:
		return follows{true, true, last(v, 2) * size}
	case last(v, 2) == 1 || v.Shape[r-2] == 1:
		return follows{false, true, last(v, 1) * size}
	}
	return follows{}
}

// gemmTile is the square of results that a block of gemm.cu has, and gemmLead how
// many leading axes it takes.
const (
	gemmTile = 128
	gemmLead = 4
)

// gemmNames are the kernels, by whether x and y follow their last axes.
var gemmNames = map[[2]bool]string{{true, true}: "gemm_kn", {true, false}: "gemm_kk", {false, true}: "gemm_mn", {false, false}: "gemm_mk"}

var gemmModules = map[dtype.DType]kernels.Module{dtype.Float32: "gemm_f32", dtype.Float16: "gemm_f16", dtype.BFloat16: "gemm_bf16"}

// tensorModules have the same kernels, on tensor cores: of float32 only where TF32 is allowed.
var tensorModules = map[dtype.DType]kernels.Module{dtype.Float16: "mma_f16", dtype.BFloat16: "mma_bf16", dtype.Float32: "mma_tf32"}

// activating are the modules whose kernels apply an activation: apart, as a driver
// compiles whole modules.
var activating = map[kernels.Module]kernels.Module{
	"gemm_f32": "gemmthen_f32", "gemm_f16": "gemmthen_f16", "gemm_bf16": "gemmthen_bf16",
	"mma_f16": "mmathen_f16", "mma_bf16": "mmathen_bf16", "mma_tf32": "mmathen_tf32",
}

// tensor returns the module of a type, or none if this GPU has no tensor cores for it or they are not allowed.
func (d *device) tensor(modules map[dtype.DType]kernels.Module, t dtype.DType) kernels.Module {
	if d.capability < 80 || d.off["tensor"] || t == dtype.Float32 && !d.blas.tf32 {
		return ""
	}
	return modules[t]
}

// aligned reports whether all lines of both operands begin at multiples of 16
// bytes, as those kernels' copies want.
func (p *matrixProduct) aligned() bool {
	bits := address(&p.call.In[0]) | address(&p.call.In[1]) | uint64(p.x.step) | uint64(p.y.step)
	for _, strides := range p.s.nest.strides[:2] {
		for _, s := range strides {
			bits |= uint64(s)
		}
	}
	return bits%16 == 0
}

// gemm runs a product by the kernels with large tiles, if it is one for them.
func (d *device) gemm(p *matrixProduct) (done bool, err error) {
	module := gemmModules[p.call.In[0].DType]
	if module == "" || !p.x.ok || !p.y.ok || p.m < gemmTile/2 || p.n < gemmTile/2 || p.s.nest.rank() > gemmLead {
		return false, nil
	}
	if tensor := d.tensor(tensorModules, p.call.In[0].DType); tensor != "" && p.aligned() {
		module = tensor
	}
	name := gemmNames[[2]bool{p.x.last, p.y.last}]
	if p.then != op.NoEpilogue {
		if name != "gemm_kk" {
			return false, nil
		}
		name += "_" + p.then.String()
		module = activating[module]
	}
	fn, err := d.written(module, name)
	if err != nil {
		return true, err
	}
	w := append(p.s.words[:0], uint64(p.m), uint64(p.n), uint64(p.k),
		address(&p.call.In[0]), address(&p.call.In[1]), address(&p.call.Out[0]), uint64(p.x.step), uint64(p.y.step), 0)
	w = p.s.nest.backwards(w, gemmLead)
	bias := uint64(0)
	if p.bias != nil {
		bias = address(p.bias)
	}
	w = append(w, bias)
	p.s.words = w
	grid := [3]uint32{blocks(p.n, gemmTile), blocks(p.m, gemmTile), 0}
	return true, d.batches(p.call, fn, grid, 256, p.batch, w, 8)
}

func blocks(n, size int) uint32 { return uint32((n + size - 1) / size) }
