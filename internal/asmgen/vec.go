package main

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func vecOps() []vecOp {
	ops := append(floatOps(f32), floatOps(f64)...)
	ops = append(ops, intOps()...)
	ops = append(ops, maskOps(eU32, "U32")...)
	ops = append(ops, maskOps(eU64, "U64")...)
	ops = append(ops, conversions()...)
	ops = append(ops, keyOps()...)
	for _, f := range functions() {
		ops = append(ops, f.vecOp)
	}
	return ops
}

func generateVec(dir string) error {
	ops := vecOps()
	for _, s := range []simd{avx512, avx2} {
		v := &vecgen{asm: newAsm("vec"), simd: s, constants: map[string]operand.Mem{}}
		for _, o := range ops {
			if s.masks || !o.skipAVX2 {
				v.function(o)
			}
		}
		for _, r := range reductions() {
			v.reduce(r)
		}
		if err := v.write(dir, "vec_"+strings.ToLower(s.name)+"_amd64"); err != nil {
			return err
		}
	}
	if err := generateVecNEON(dir, ops); err != nil {
		return err
	}
	return writeVecGo(dir, ops)
}

// vecgen emits the kernels of one tier.
type vecgen struct {
	*asm
	simd      simd
	lanes     int
	constants map[string]operand.Mem
}

// wide returns a register for as many elements of that size as the function works on at once.
func (v *vecgen) wide(size int) reg.VecVirtual { return v.bytes(size * v.lanes) }

func (v *vecgen) bytes(n int) reg.VecVirtual {
	switch n {
	case 64:
		return v.ZMM()
	case 32:
		return v.YMM()
	case 16:
		return v.XMM()
	}
	panic(fmt.Sprint("no register of ", n, " bytes"))
}

func (v *vecgen) like(r reg.VecVirtual) reg.VecVirtual { return v.bytes(int(r.Size())) }

// do emits d = x op y for x and y in the order of the mathematics; assembly has it backwards.
func (v *vecgen) do(name string, in ...reg.VecVirtual) reg.VecVirtual {
	d := v.like(in[0])
	ops := make([]operand.Op, 0, 3)
	for i := len(in) - 1; i >= 0; i-- {
		ops = append(ops, in[i])
	}
	v.op(name, append(ops, d)...)
	return d
}

// constant returns a register with value in every element.
func (v *vecgen) constant(name string, value operand.Constant, size int) reg.VecVirtual {
	m, ok := v.constants[name]
	if !ok {
		m = v.ConstData(name+v.simd.name, value)
		v.constants[name] = m
	}
	return v.broadcast(m, size)
}

func (v *vecgen) broadcast(m operand.Mem, size int) reg.VecVirtual {
	d := v.bytes(v.simd.bytes)
	if size == 8 {
		v.VBROADCASTSD(m, d)
	} else {
		v.VBROADCASTSS(m, d)
	}
	return d
}

var inNames = []string{"a", "b", "c"}

// kernelName is what the assembly of o is called.
func kernelName(o vecOp, s simd) string { return lower(o.name) + s.name }

func lower(name string) string { return string(unicode.ToLower(rune(name[0]))) + name[1:] }

// function emits o: a loop over whole vectors and, with mask registers, the rest. Without, n is a multiple of lanes.
func (v *vecgen) function(o vecOp) {
	largest := o.dst.size
	for _, e := range o.in {
		largest = max(largest, e.size)
	}
	v.lanes = v.simd.bytes / largest
	args := "dst *" + o.dst.goType
	for i, e := range o.in {
		args += fmt.Sprintf(", %s *%s", inNames[i], e.goType)
	}
	for _, p := range o.params {
		args += fmt.Sprintf(", %s %s", p, o.dst.goType)
	}
	v.begin(kernelName(o, v.simd), "("+args+", n int)", kernelName(o, v.simd)+" is the kernel of "+o.name+".")
	dst := v.param("dst")
	in := make([]reg.GPVirtual, len(o.in))
	for i := range in {
		in[i] = v.param(inNames[i])
	}
	var scalars []reg.VecVirtual
	for _, p := range o.params {
		c, err := v.Param(p).Resolve()
		if err != nil {
			panic(err)
		}
		scalars = append(scalars, v.broadcast(c.Addr, o.dst.size))
	}
	n, i := v.param("n"), v.GP64()
	each := o.emit(v)
	v.XORQ(i, i)
	loop, rest, done := v.label("loop"), v.label("rest"), v.label("done")
	v.SUBQ(operand.Imm(uint64(v.lanes)), n)
	v.JLT(operand.LabelRef(rest))
	v.Label(loop)
	v.step(o, each, dst, in, scalars, i, nil)
	v.ADDQ(operand.Imm(uint64(v.lanes)), i)
	v.CMPQ(i, n)
	v.JLE(operand.LabelRef(loop))
	v.Label(rest)
	if v.simd.masks {
		v.ADDQ(operand.Imm(uint64(v.lanes)), n)
		v.SUBQ(i, n)
		v.JEQ(operand.LabelRef(done))
		bits, k := v.GP64(), v.K()
		v.XORQ(bits, bits)
		v.NOTQ(bits)
		v.BZHIQ(n, bits, bits)
		v.KMOVW(bits.As32(), k)
		v.step(o, each, dst, in, scalars, i, k)
		v.Label(done)
	}
	v.VZEROUPPER()
	v.RET()
}

// step emits one vector's work at element i, masked by k unless that is nil.
func (v *vecgen) step(o vecOp, each body, dst reg.GPVirtual, in []reg.GPVirtual, scalars []reg.VecVirtual, i reg.GPVirtual, k operand.Op) {
	move := map[int]string{2: "VMOVDQU16", 4: "VMOVDQU32", 8: "VMOVDQU64"}
	args := append([]reg.VecVirtual(nil), scalars...)
	for x, e := range o.in {
		r := v.wide(e.size)
		m := operand.Mem{Base: in[x], Index: i, Scale: uint8(e.size)}
		if k == nil {
			v.VMOVUPS(m, r)
		} else {
			v.op(move[e.size]+"_Z", m, k, r)
		}
		args = append(args, r)
	}
	d := each(args)
	m := operand.Mem{Base: dst, Index: i, Scale: uint8(o.dst.size)}
	if k == nil {
		v.VMOVUPS(d, m)
	} else {
		v.op(move[o.dst.size], d, k, m)
	}
}
