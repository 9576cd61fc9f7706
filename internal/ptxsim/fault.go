package ptxsim

import "fmt"

// A FaultKind classifies what stopped a launch.
type FaultKind uint8

// The kinds of faults.
const (
	BadAddress FaultKind = iota
	Misaligned
	Race
	DivergentBarrier
	BadShuffle
	DividedByZero
	Endless
)

func (k FaultKind) String() string {
	return [...]string{"invalid address", "misaligned address", "shared-memory race", "divergent barrier", "incomplete shuffle", "integer division by zero", "too many steps"}[k]
}

// A Fault is an error of a kernel at run time.
type Fault struct {
	Kind   FaultKind
	Kernel string
	Block  [3]uint32
	Thread [3]uint32
	Line   int
	Instr  string
	Detail string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("kernel %s, block (%d,%d,%d), thread (%d,%d,%d), ptx line %d %s: %v: %s",
		f.Kernel, f.Block[0], f.Block[1], f.Block[2], f.Thread[0], f.Thread[1], f.Thread[2], f.Line, f.Instr, f.Kind, f.Detail)
}

// fail stops the launch at the given thread of the current instruction.
func (b *block) fail(kind FaultKind, lane int32, format string, args ...any) {
	n := b.dim
	t := uint32(lane)
	panic(&Fault{
		Kind: kind, Kernel: b.kernel.Name, Block: b.id, Line: b.now.line, Instr: b.now.text,
		Thread: [3]uint32{t % n[0], t / n[0] % n[1], t / n[0] / n[1]},
		Detail: fmt.Sprintf(format, args...),
	})
}
