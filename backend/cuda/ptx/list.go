package ptx

import "github.com/hekla-ml/hekla/pointwise"

// ListEach is how many elements a thread of a kernel by List computes at most.
const ListEach = 4

// ListWords is the size of the parameters of a kernel by List: the most that there
// may be, 4 KiB.
const ListWords = 512

// ListEntries returns how many entries a kernel by List takes.
func ListEntries(s pointwise.Spec) int {
	return (ListWords - 1 - len(s.Uniforms)) / (2 + len(s.In) + len(s.Out))
}

// List returns the kernel that runs a program over many lists of elements, each
// with operands of its own that lie densely: an entry for each. A block works on
// one entry, up to Threads times ListEach elements of it. All fits the parameters,
// so nothing has to be uploaded.
//
// Words: the number of entries; the uniforms; of each entry its first block; then
// of each the number of its elements and the address of each input and output.
// There are always ListEntries of both.
func List(s pointwise.Spec) *Kernel {
	entries := ListEntries(s)
	s = expanded(s)
	b := newBuilder()
	operands := len(s.In) + len(s.Out)
	count, uniforms := b.param(), b.params(len(s.Uniforms))
	firsts := b.params(entries)
	table := b.params(entries * (1 + operands))

	// The last entry that begins at this block or before it.
	args := b.do(b64, "mov.b64", "args")
	block := b.do(b64, "cvt.u64.u32", b.do(b32, "mov.u32", "%ctaid.x"))
	lo, hi := b.new(b64), b.new(b64)
	b.set(lo, "mov.u64", "0")
	b.set(hi, "mov.u64", b.load(b64, count))
	again, later, found := b.label(), b.label(), b.label()
	first := func(e string) string {
		return b.do(b64, "ld.param.u64", "["+b.do(b64, "mad.lo.u64", e, "8", args)+"+"+number(8*firsts)+"]")
	}
	b.place(again)
	b.jumpIf(b.do(pred, "setp.le.u64", b.do(b64, "sub.u64", hi, lo), "1"), found)
	middle := b.do(b64, "shr.u64", b.do(b64, "add.u64", lo, hi), "1")
	b.jumpIf(b.do(pred, "setp.gt.u64", first(middle), block), later)
	b.set(lo, "mov.u64", middle)
	b.jump(again)
	b.place(later)
	b.set(hi, "mov.u64", middle)
	b.jump(again)
	b.place(found)

	entry := b.do(b64, "mad.lo.u64", lo, number(8*(1+operands)), args)
	of := func(k int) string {
		return b.do(b64, "ld.param.u64", "["+entry+"+"+number(8*(table+k))+"]")
	}
	begin := b.do(b64, "mul.lo.u64", b.do(b64, "sub.u64", block, first(lo)), number(Threads*ListEach))
	end := b.do(b64, "min.u64", b.do(b64, "add.u64", begin, number(Threads*ListEach)), of(0))
	bases := make([]string, operands)
	for k := range bases {
		bases[k] = of(1 + k)
	}
	i := b.new(b64)
	b.set(i, "add.u64", begin, b.do(b64, "cvt.u64.u32", b.do(b32, "mov.u32", "%tid.x")))
	next, done := b.label(), b.label()
	b.place(next)
	b.jumpIf(b.do(pred, "setp.ge.u64", i, end), done)
	address := func(k, size int) string { return b.do(b64, "mad.lo.s64", i, number(size), bases[k]) }
	b.apply(s, i, uniforms, address)
	b.set(i, "add.u64", i, number(Threads))
	b.jump(next)
	b.place(done)
	b.emit("ret")
	for b.words < ListWords {
		b.param()
	}
	return b.kernel("list", Threads)
}
