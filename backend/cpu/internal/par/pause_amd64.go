//go:build amd64 && !noasm

package par

// pause tells the processor n times that this is a polling loop: some 20 ns each.
//
//go:noescape
func pause(n int)
