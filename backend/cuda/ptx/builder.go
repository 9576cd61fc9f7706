package ptx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Kernel is PTX text with one entry point, which takes all its parameters as
// one block of 64-bit words.
type Kernel struct {
	Name  string
	Text  string
	Words int // of the parameters
}

// A builder writes the body of a kernel. Registers are in single assignment
// unless a kernel declares a variable by new.
type builder struct {
	body   strings.Builder
	counts [len(classes)]int
	labels int
	words  int
	shared []string
	loaded map[string]string // parameter loads, so that each is done once
}

// A class is a kind of register.
type class uint8

const (
	pred class = iota
	b16
	b32
	b64
	f32
	f64
)

var classes = [...]struct{ name, prefix string }{{"pred", "%p"}, {"b16", "%h"}, {"b32", "%r"}, {"b64", "%q"}, {"f32", "%f"}, {"f64", "%d"}}

func newBuilder() *builder { return &builder{loaded: map[string]string{}} }

// new returns a fresh register.
func (b *builder) new(c class) string {
	n := b.counts[c]
	b.counts[c]++
	return classes[c].prefix + strconv.Itoa(n)
}

// emit writes an instruction.
func (b *builder) emit(op string, args ...string) {
	b.body.WriteByte('\t')
	b.body.WriteString(op)
	for i, a := range args {
		if i > 0 {
			b.body.WriteByte(',')
		}
		b.body.WriteByte(' ')
		b.body.WriteString(a)
	}
	b.body.WriteString(";\n")
}

// do writes an instruction to a fresh register of class c.
func (b *builder) do(c class, op string, args ...string) string {
	r := b.new(c)
	b.emit(op, append([]string{r}, args...)...)
	return r
}

// set is emit for instructions whose first operand is a register written again.
func (b *builder) set(dst, op string, args ...string) { b.emit(op, append([]string{dst}, args...)...) }

func (b *builder) label() string {
	b.labels++
	return "L" + strconv.Itoa(b.labels)
}

func (b *builder) place(label string) { b.body.WriteString(label + ":\n") }

func (b *builder) jump(label string)          { b.emit("bra", label) }
func (b *builder) jumpIf(p, label string)     { b.emit("@"+p+" bra", label) }
func (b *builder) jumpUnless(p, label string) { b.emit("@!"+p+" bra", label) }

// param reserves the next word of the parameters and returns its number.
func (b *builder) param() int {
	b.words++
	return b.words - 1
}

// params reserves n words and returns the number of the first.
func (b *builder) params(n int) int {
	b.words += n
	return b.words - n
}

// load reads parameter word n as a register of class c. Loads of words are
// repeated where they are needed: they cost no more than a move.
func (b *builder) load(c class, n int) string {
	typ := [...]string{b16: "u16", b32: "u32", b64: "u64", f32: "f32", f64: "f64"}[c]
	return b.do(c, "ld.param."+typ, fmt.Sprintf("[args+%d]", 8*n))
}

// array declares shared memory and returns its name.
func (b *builder) array(name string, bytes int) string {
	b.shared = append(b.shared, fmt.Sprintf("\t.shared .align 16 .b8 %s[%d];\n", name, bytes))
	return name
}

// kernel returns the finished text.
func (b *builder) kernel(name string, threads int) *Kernel {
	var t strings.Builder
	fmt.Fprintf(&t, ".version 6.0\n.target sm_50\n.address_size 64\n\n.visible .entry %s(\n\t.param .align 8 .b8 args[%d]\n)\n", name, 8*max(b.words, 1))
	if threads > 0 {
		fmt.Fprintf(&t, ".maxntid %d, 1, 1\n", threads)
	}
	t.WriteString("{\n")
	for c, n := range b.counts {
		if n > 0 {
			fmt.Fprintf(&t, "\t.reg .%s %s<%d>;\n", classes[c].name, classes[c].prefix, n)
		}
	}
	for _, s := range b.shared {
		t.WriteString(s)
	}
	t.WriteString(b.body.String())
	t.WriteString("}\n")
	return &Kernel{Name: name, Text: t.String(), Words: max(b.words, 1)}
}

// number writes an integer immediate.
func number(n int) string { return strconv.Itoa(n) }

// single and double write float immediates by their bits.
func single(x float64) string { return fmt.Sprintf("0f%08X", math.Float32bits(float32(x))) }
func double(x float64) string { return fmt.Sprintf("0d%016X", math.Float64bits(x)) }
