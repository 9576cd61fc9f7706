package backend

// A Noter is a device that can say what its users may want to know when they wonder about its speed or its errors: the
// libraries it found, how long kernels took to compile.
type Noter interface {
	// Notes returns a line for each fact, as of now.
	Notes() []string
}
