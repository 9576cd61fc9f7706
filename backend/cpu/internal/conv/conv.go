// Package conv convolves on the CPU: forward, and back to the input and to the
// weight, over up to three spatial axes.
//
// There is no im2col. An operand is copied once into a padded grid; if output
// positions are counted on the width of that grid as well, the elements that
// one tap of the kernel meets are a contiguous run, at a distance from the
// position that depends on the tap only. A product then needs nothing but a
// table of distances (see tile), or of the runs' starts (see dots). Positions
// that the count runs over at the end of a row are computed and dropped.
//
// Strides split the grid into phases that are contiguous again, and the way
// back to the input is a convolution with stride 1 for each phase of it.
//
// Work is cut by sizes alone, so results do not depend on the number of
// threads.
package conv

// float is an element type that has kernels.
type float interface{ float32 | float64 }

// A Geometry says what is convolved. Spatial sizes and steps are given for
// three axes, the missing leading ones being of size 1, stride 1, dilation 1
// and padding 0.
//
// x is [N, Groups*CI, X...], w is [Groups*CO, CI, K...], y is
// [N, Groups*CO, Y...], and element p of an axis of y meets element
// p*Stride - Pad + q*Dilation of x with tap q of w.
type Geometry struct {
	N, Groups, CI, CO     int
	X, K, Y               [3]int
	Stride, Pad, Dilation [3]int
}

func volume(s [3]int) int { return s[0] * s[1] * s[2] }

// Empty reports whether an operand has no elements.
func (g *Geometry) Empty() bool {
	return g.N*g.Groups*g.CI*g.CO*volume(g.X)*volume(g.K)*volume(g.Y) == 0
}

// macs returns the multiplications of the convolution.
func (g *Geometry) macs() int { return g.N * g.Groups * g.CI * g.CO * volume(g.K) * volume(g.Y) }
