package ptxsim

import "github.com/hekla-ml/hekla/dtype"

// compileLoadMatrix compiles ldmatrix: 1, 2 or 4 matrices of 8 rows of 16 bytes,
// whose addresses are those of the lanes in turn. Lane i gets elements 2*(i%4) and
// the next of row i/4; with .trans, of column i/4.
func compileLoadMatrix(c *compiler, s *step) {
	ok := c.take("sync") && c.take("aligned") && c.take("m8n8")
	count := map[string]int{"x1": 1, "x2": 2, "x4": 4}[c.one("x1", "x2", "x4")]
	trans := c.take("trans")
	if !ok || count == 0 || !c.take("shared") || c.takeType() != (typ{'b', 2}) {
		c.fail("%s is not supported", c.in.text)
	}
	c.count(2)
	to := c.operands(c.in.args[0], typ{'b', 4}, count, true)
	a := c.address(1, "shared")
	c.meeting(s, c.constant(1<<32-1))
	s.exec = func(b *block, lanes []int32) {
		for _, warp := range b.warps(lanes) {
			var rows [32][]byte
			for i := range 8 * count {
				rows[i] = b.sharedRead(b.at(a, warp+int32(i)), 16, warp+int32(i))[:16]
			}
			for i := range int32(32) {
				for m, d := range to {
					lo, hi := rows[8*m+int(i/4)][4*(i%4):], rows[8*m+int(i/4)][4*(i%4)+2:]
					if trans {
						lo, hi = rows[8*m+int(i%4*2)][2*(i/4):], rows[8*m+int(i%4*2)+1][2*(i/4):]
					}
					b.columns[d][warp+i] = get(lo, 2) | get(hi, 2)<<16
				}
			}
		}
	}
}

// warps returns the first threads of the warps of lanes, all of whose threads
// must be there.
func (b *block) warps(lanes []int32) []int32 {
	var out []int32
	for k := 0; k < len(lanes); k += 32 {
		first := lanes[k]
		if first%32 != 0 || k+32 > len(lanes) || lanes[k+31] != first+31 {
			b.fail(BadShuffle, first, "a warp is not complete")
		}
		out = append(out, first)
	}
	return out
}

// compileMMA compiles mma.sync of f16 and bf16 (m16n8k16) and tf32 (m16n8k8) with
// sums in f32. Products are exact and added in float64, rounded once: hardware
// rounds more often, in an order that is not told.
func compileMMA(c *compiler, s *step) {
	ok := c.take("sync") && c.take("aligned")
	form := c.one("m16n8k16", "m16n8k8")
	ok = ok && c.take("row") && c.take("col") && c.take("f32")
	kind := c.one("f16", "bf16", "tf32")
	if !ok || form == "" || kind == "" || (kind == "tf32") != (form == "m16n8k8") || !c.take(kind) || !c.take("f32") {
		c.fail("%s is not supported", c.in.text)
	}
	c.count(4)
	b32, f32t := typ{'b', 4}, typ{'f', 4}
	d, x := c.operands(c.in.args[0], f32t, 4, true), c.operands(c.in.args[1], b32, 4, false)
	y, z := c.operands(c.in.args[2], b32, 2, false), c.operands(c.in.args[3], f32t, 4, false)
	c.meeting(s, c.constant(1<<32-1))
	s.exec = func(b *block, lanes []int32) {
		for _, w := range b.warps(lanes) {
			b.multiply(w, kind, d, x, y, z)
		}
	}
}

// multiply is one warp's mma. The manual's figures say who holds what: with g the
// lane by 4 and t the rest, a[g+8*(r&1)][t-part of r/2], b[t-part of r][g], c[g+8*(r/2)][2t+r%2].
func (b *block) multiply(w int32, kind string, d, x, y, z []int) {
	depth := 16
	if kind == "tf32" {
		depth = 8
	}
	var A [16][16]float64
	var B [16][8]float64
	for lane := range int32(32) {
		g, t := int(lane/4), int(lane%4)
		for r, col := range x {
			v := b.columns[col][w+lane]
			row, half := g+8*(r&1), r/2
			if kind == "tf32" {
				A[row][t+4*half] = float64(f32(v &^ 0x1fff))
				continue
			}
			A[row][2*t+8*half], A[row][2*t+8*half+1] = short(kind, v), short(kind, v>>16)
		}
		for r, col := range y {
			v := b.columns[col][w+lane]
			if kind == "tf32" {
				B[t+4*r][g] = float64(f32(v &^ 0x1fff))
				continue
			}
			B[2*t+8*r][g], B[2*t+8*r+1][g] = short(kind, v), short(kind, v>>16)
		}
	}
	for lane := range int32(32) {
		g, t := int(lane/4), int(lane%4)
		for r := range 4 {
			row, column := g+8*(r/2), 2*t+r%2
			sum := float64(f32(b.columns[z[r]][w+lane]))
			for k := range depth {
				sum += A[row][k] * B[k][column]
			}
			b.columns[d[r]][w+lane] = w32(float32(sum))
		}
	}
}

// short reads the low half of a word.
func short(kind string, v uint64) float64 {
	if kind == "bf16" {
		return float64(dtype.BF16(uint16(v)).Float32())
	}
	return float64(dtype.F16(uint16(v)).Float32())
}
