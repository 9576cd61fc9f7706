package blas

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// lt are the functions of cuBLASLt, the part that adds a bias and applies an activation on
// the way. cuBLAS
// is linked with it, so that where the loader looks through a library's own
// libraries, as on Linux, they are found by way of cuBLAS; elsewhere see withLt.
type lt struct {
	descCreate, descSet, descDestroy       uintptr
	layoutCreate, layoutDestroy            uintptr
	preferCreate, preferSet, preferDestroy uintptr
	heuristic, multiply                    uintptr
}

func (l *lt) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cublasLtMatmulDescCreate": &l.descCreate, "cublasLtMatmulDescSetAttribute": &l.descSet, "cublasLtMatmulDescDestroy": &l.descDestroy,
		"cublasLtMatrixLayoutCreate": &l.layoutCreate, "cublasLtMatrixLayoutDestroy": &l.layoutDestroy,
		"cublasLtMatmulPreferenceCreate": &l.preferCreate, "cublasLtMatmulPreferenceSetAttribute": &l.preferSet,
		"cublasLtMatmulPreferenceDestroy": &l.preferDestroy,
		"cublasLtMatmulAlgoGetHeuristic":  &l.heuristic, "cublasLtMatmul": &l.multiply,
	}
}

// LtPathVariable names the environment variable that says where cuBLASLt is, if the
// loader does not find it.
const LtPathVariable = "HEKLA_LIBCUBLASLT"

// ltNames are the library's own names, of a version: that of cuBLAS, whose handles
// it is given.
func ltNames(version uint32) []string {
	if runtime.GOOS == "windows" {
		return []string{fmt.Sprintf("cublasLt64_%d.dll", version)}
	}
	name := fmt.Sprintf("libcublasLt.so.%d", version)
	return []string{name, "/usr/local/cuda/lib64/" + name}
}

// openLt returns nil if there is none: products with a bias are two steps then.
func openLt(blas driver.Symbols) driver.Symbols {
	property, err := blas.Symbol("cublasGetProperty")
	if err != nil || property == 0 {
		return nil
	}
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.out = 0
	f.args[0], f.args[1] = propertyMajor, uintptr(unsafe.Pointer(&f.out))
	if driver.Call(property, f.args[:2]) != 0 {
		return nil
	}
	s, err := driver.Find("cuBLASLt", LtPathVariable, ltNames(uint32(f.out)))
	if err != nil {
		return nil
	}
	return s
}

// propertyMajor asks for the first number of the version.
const propertyMajor = 0

// withLt is cuBLAS, and cuBLASLt for what is not found by way of it: on Windows a
// library gives no names but its own.
type withLt struct {
	driver.Symbols
	lt func() driver.Symbols
}

func (w withLt) Symbol(name string) (uintptr, error) {
	p, err := w.Symbols.Symbol(name)
	if err == nil && p != 0 || !strings.HasPrefix(name, "cublasLt") {
		return p, err
	}
	if lt := w.lt(); lt != nil {
		return lt.Symbol(name)
	}
	return p, err
}

// findLt returns the functions, or nil if they are not all there.
func findLt(s driver.Symbols) *lt {
	l := &lt{}
	for name, at := range l.table() {
		p, err := s.Symbol(name)
		if err != nil || p == 0 {
			return nil
		}
		*at = p
	}
	return l
}

// Attributes of a multiplication, and values, by number.
const (
	descFlipFirst, descFlipSecond = 3, 4
	descEpilogue, descBias        = 7, 8
	epilogueBias, epilogueGELU    = 4, 32 // both: 36
	preferWorkspace               = 1
)

// A Linear is a product to whose rows a vector of N elements is added, unless Bias is
// 0, and then GELU applied, in its approximation by a hyperbolic tangent. Count is 1.
// The library's ReLU is left out: it makes 0 of NaN.
type Linear struct {
	Product
	Bias     driver.Pointer
	GELUTanh bool
}

// epilogue returns the library's number of what follows the product.
func (p *Linear) epilogue() uint64 {
	switch {
	case p.GELUTanh && p.Bias == 0:
		return epilogueGELU
	case p.GELUTanh:
		return epilogueBias + epilogueGELU
	}
	return epilogueBias
}

// A plan is a product's shape as the library has it, and how it wants to compute
// it: found once for each shape. Its memory is known to C by address.
type plan struct {
	desc, first, second, result uintptr
	none                        bool // the library cannot
	found                       struct {
		algorithm [8]uint64
		workspace uint64
		state     uint32
		waves     float32
		reserved  [4]int32
	}
	returned int32
	one      [4]byte
	zero     [4]byte
	value    [8]byte
	out      uintptr
}

type planKey struct {
	kind             Type
	tf32             bool
	m, n, k          int
	xStep, yStep     int
	xFlip, yFlip     bool
	alignment, bytes uint64
	epilogue         uint64
}

// maxPlans bounds what a handle keeps.
const maxPlans = 1024

// MultiplyLinear enqueues a product with a bias or an activation in a stream; done is
// false where the library does not take it.
func (h *Handle) MultiplyLinear(p *Linear, s driver.Stream, workspace driver.Pointer, bytes int64) (done bool, err error) {
	if h.lib.lt == nil || p.Type == F64 || p.Count != 1 {
		return false, nil
	}
	all := uint64(p.X.At | p.Y.At | p.Z | p.Bias)
	key := planKey{p.Type, p.TF32, p.M, p.N, p.K, p.X.Step, p.Y.Step, p.X.Flipped, p.Y.Flipped, min(all&-all, 256), uint64(bytes), p.epilogue()}
	q := h.plans[key]
	if q == nil {
		if len(h.plans) >= maxPlans {
			if err := h.dropPlans(); err != nil {
				return false, err
			}
		}
		if q, err = h.plan(p, bytes); err != nil {
			return false, err
		}
		h.plans[key] = q
	}
	if q.none {
		return false, nil
	}
	if p.Bias != 0 {
		if err := h.set("cublasLtMatmulDescSetAttribute", h.lib.lt.descSet, q, q.desc, descBias, uint64(p.Bias), 8); err != nil {
			return false, err
		}
	}
	return true, failed("cublasLtMatmul", driver.Call(h.lib.lt.multiply, []uintptr{
		h.at, q.desc, uintptr(unsafe.Pointer(&q.one)), uintptr(p.Y.At), q.first, uintptr(p.X.At), q.second,
		uintptr(unsafe.Pointer(&q.zero)), uintptr(p.Z), q.result, uintptr(p.Z), q.result,
		uintptr(unsafe.Pointer(&q.found.algorithm)), uintptr(workspace), uintptr(bytes), uintptr(s),
	}))
}

// set gives an object of the library an attribute of so many bytes.
func (h *Handle) set(name string, fn uintptr, q *plan, object uintptr, attribute int, value uint64, bytes int) error {
	if bytes == 4 {
		binary.NativeEndian.PutUint32(q.value[:], uint32(value))
	} else {
		binary.NativeEndian.PutUint64(q.value[:], value)
	}
	return failed(name, driver.Call(fn, []uintptr{object, uintptr(attribute), uintptr(unsafe.Pointer(&q.value)), uintptr(bytes)}))
}

// plan describes a product and asks how to compute it. As in Multiply the
// library is told to compute the transposed product of the transposed operands in turn.
func (h *Handle) plan(p *Linear, bytes int64) (*plan, error) {
	l, q := h.lib.lt, &plan{}
	binary.NativeEndian.PutUint32(q.one[:], math.Float32bits(1))
	compute := uintptr(computeF32)
	if p.Type == F32 && p.TF32 {
		compute = computeTF32
	}
	err := h.created(q, &q.desc, "cublasLtMatmulDescCreate", l.descCreate, compute, uintptr(F32))
	layout := func(to *uintptr, rows, columns, step int) {
		if err == nil {
			err = h.created(q, to, "cublasLtMatrixLayoutCreate", l.layoutCreate, uintptr(p.Type), uintptr(rows), uintptr(columns), uintptr(step))
		}
	}
	stored := func(to *uintptr, m Matrix, rows, columns int) {
		if m.Flipped {
			rows, columns = columns, rows
		}
		layout(to, columns, rows, m.Step)
	}
	stored(&q.first, p.Y, p.K, p.N)
	stored(&q.second, p.X, p.M, p.K)
	layout(&q.result, p.N, p.M, p.N)
	var prefer uintptr
	if err == nil {
		err = h.created(q, &prefer, "cublasLtMatmulPreferenceCreate", l.preferCreate)
	}
	for _, a := range []struct {
		attribute int
		value     uint64
		bytes     int
	}{
		{descFlipFirst, uint64(orientation(p.Y)), 4}, {descFlipSecond, uint64(orientation(p.X)), 4},
		{descEpilogue, p.epilogue(), 4}, {descBias, uint64(p.Bias), 8}, // whose alignment matters
	} {
		if err == nil && (a.attribute != descBias || p.Bias != 0) {
			err = h.set("cublasLtMatmulDescSetAttribute", l.descSet, q, q.desc, a.attribute, a.value, a.bytes)
		}
	}
	if err == nil {
		err = h.set("cublasLtMatmulPreferenceSetAttribute", l.preferSet, q, prefer, preferWorkspace, uint64(bytes), 8)
	}
	if err == nil {
		status := driver.Call(l.heuristic, []uintptr{
			h.at, q.desc, q.first, q.second, q.result, q.result, prefer, 1, uintptr(unsafe.Pointer(&q.found)), uintptr(unsafe.Pointer(&q.returned)),
		})
		// Whatever the reason for finding none: there are other ways.
		q.none = status != 0 || q.returned == 0 || q.found.state != 0
	}
	if prefer != 0 {
		driver.Call(l.preferDestroy, []uintptr{prefer})
	}
	if err != nil {
		_ = h.destroy(q) // what failed first matters
		return nil, err
	}
	return q, nil
}

// created calls a function that stores a new object through its first argument.
func (h *Handle) created(q *plan, to *uintptr, name string, fn uintptr, args ...uintptr) error {
	q.out = 0
	err := failed(name, driver.Call(fn, append([]uintptr{uintptr(unsafe.Pointer(&q.out))}, args...)))
	*to = q.out
	return err
}

func (h *Handle) destroy(q *plan) error {
	for _, o := range []uintptr{q.first, q.second, q.result} {
		if o != 0 {
			if err := failed("cublasLtMatrixLayoutDestroy", driver.Call(h.lib.lt.layoutDestroy, []uintptr{o})); err != nil {
				return err
			}
		}
	}
	if q.desc == 0 {
		return nil
	}
	return failed("cublasLtMatmulDescDestroy", driver.Call(h.lib.lt.descDestroy, []uintptr{q.desc}))
}

func (h *Handle) dropPlans() error {
	for key, q := range h.plans {
		delete(h.plans, key)
		if err := h.destroy(q); err != nil {
			return fmt.Errorf("a plan of a product: %w", err)
		}
	}
	return nil
}
