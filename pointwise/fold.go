package pointwise

import "math"

// fold computes in if its operands are constants. Float constants are folded
// in float64, and rounded once, where the program runs in float32. Int is
// folded only while all values fit 32 bits, as its width is not known yet.
func (b *builder) fold(in Instr) (int, bool) {
	n := in.Op.Arity()
	if n == 0 {
		return 0, false
	}
	var reg [4]uint64
	step := Instr{Op: in.Op, Kind: in.Kind}
	var kinds [3]Kind
	for i, a := range in.Args() {
		c := b.code[a]
		if c.Op != OpConst || c.Kind == Int && !fits32(c.Const) {
			return 0, false
		}
		reg[i] = load(c.Kind, c.Const)
		step.Arg[i] = i
		kinds[i] = c.Kind
	}
	x := wide.step(step, reg[:], kinds[:])
	if in.Kind == Int && !fits32(float64(int64(x))) {
		return 0, false
	}
	// A Shr of a negative Int, a shift by 32: the width decides.
	if in.Kind == Int && (in.Op == OpShl || in.Op == OpShr) && int64(reg[1])&^31 != 0 {
		return 0, false
	}
	return b.constant(in.Kind, store(in.Kind, x)), true
}

func fits32(x float64) bool { return x >= math.MinInt32 && x <= math.MaxInt32 }
