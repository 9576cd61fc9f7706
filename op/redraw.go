package op

import "slices"

// Draws reports whether f draws random numbers, as RandUniform, Dropout and the
// gradient of Dropout do. The first four uniforms say which.
func (f *Fn) Draws() bool { return f.draws }

// Redraw returns the uniforms of a function that draws, for the n-th time it does
// so anew: 0 is the time the uniforms are of. A pass that draws and is run again draws
// other numbers then, the same in all its calls that drew the same, and such as a
// generator comes to only after 2**32 calls.
func Redraw(uniforms []float64, n uint32) []float64 {
	u := slices.Clone(uniforms)
	const offsetHigh = 3 // see stream
	u[offsetHigh] = float64(uint32(u[offsetHigh]) + n)
	return u
}
