package ptxsim

import "fmt"

// A Module is a parsed and compiled PTX text.
type Module struct {
	Target  string // sm_50
	SM      int    // the number in it
	Version int    // of PTX: 10 times major, plus minor
	Kernels map[string]*Kernel
}

// A Kernel is one entry point.
type Kernel struct {
	Name   string
	Params []Param
	Shared int // bytes of static shared memory

	MaxThreads int       // of a block, by .maxntid or .reqntid; 0 if it sets no bound
	Block      [3]uint32 // the only one, by .reqntid; zero if any will do

	regs   int // columns, special registers and constants included
	touch  int // bytes of the smallest access to shared memory
	fixed  []constant
	instrs []instr
	early  []step // run once for a launch, see hoist
	code   []step
}

// A Param is a parameter of a kernel, Size bytes at Offset of the block of all.
type Param struct {
	Name         string
	Offset, Size int
}

// ParamBytes returns the size of the block of all parameters.
func (k *Kernel) ParamBytes() int {
	if n := len(k.Params); n > 0 {
		return k.Params[n-1].Offset + k.Params[n-1].Size
	}
	return 0
}

// constant is a column whose lanes all hold one value.
type constant struct {
	column int
	value  uint64
}

// value returns what a constant column holds.
func (k *Kernel) value(column int) uint64 {
	for _, c := range k.fixed {
		if c.column == column {
			return c.value
		}
	}
	return 0
}

// instr is an instruction as parsed.
type instr struct {
	line    int
	text    string
	guard   int // column of the predicate, or -1
	negated bool
	op      string
	mods    []string
	args    []arg
}

// An argKind says what an operand is.
type argKind uint8

const (
	argColumn  argKind = iota // register, immediate, special register
	argAddress                // [column+offset] or [param+offset] or [shared+offset]
	argVector                 // {a, b}
	argLabel
)

type arg struct {
	kind   argKind
	column int // of the register, or of an address's base; -1 if none
	offset int64
	param  bool // an address in parameter space
	list   []arg
	target int // of a label: number of an instruction
}

// A ParseError is PTX that the interpreter does not accept.
type ParseError struct {
	Line int
	Text string
}

func (e *ParseError) Error() string { return fmt.Sprintf("ptx line %d: %s", e.Line, e.Text) }
