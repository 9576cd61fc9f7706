package main

// What Vulkan computes is checked on a software driver, which runs a dispatch
// after the other: barriers between them only a test of the commands sees. What
// CUDA computes is interpreted, races in shared memory included.
func init() {
	mutations = append(mutations, []mutation{
		{"backend/cuda/ptx/reduce.go", "a missing barrier between the levels of a reduction", "\t\tif half > 1 {\n\t\t\tb.emit(\"bar.sync\", \"0\")", "\t\tif half > 1<<20 {\n\t\t\tb.emit(\"bar.sync\", \"0\")", by("cuda ^(sum|amax)/")},
		{"backend/cuda/ptx/reduce.go", "a missing barrier before the sums of others are read", "acc)\n\t\tb.emit(\"bar.sync\", \"0\")\n\t\tafter", "acc)\n\t\tafter", by("cuda ^(sum|amax)/")},
		{"backend/cuda/ptx/reduce.go", "the largest of negative numbers is 0", "op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[by]\n\tswitch c", "op.ByMax: 0, op.ByMin: math.Inf(1)}[by]\n\tswitch c", by("cuda ^amax/")},
		{"backend/cuda/ptx/reduce.go", "off by one in the stride of a team", "b.set(k, \"add.u64\", k, number(r.Team))", "b.set(k, \"add.u64\", k, number(r.Team+1))", by("cuda ^sum/")},
		{"backend/cuda/ptx/reduce.go", "another output of the grid's rows", "where := b.do(b64, \"mad.lo.u64\", piece, n, o)", "where := b.do(b64, \"mad.lo.u64\", piece, o, o)", by("cuda ^(sum|mean)/")},
		{"backend/cuda/ptx/matmul.go", "a missing barrier after the tiles are loaded", "!yByRow)\n\tm.emit(\"bar.sync\", \"0\")", "!yByRow)", by("cuda ^matmul/")},
		{"backend/cuda/ptx/matmul.go", "a missing barrier before the tiles are overwritten", "\tm.emit(\"bar.sync\", \"0\")\n\tm.set(k, \"add.u32\", k, number(m.Depth))", "\tm.set(k, \"add.u32\", k, number(m.Depth))", by("cuda ^matmul/")},
		{"backend/cuda/ptx/matmul.go", "the sums of a stretch are not cleared", "\t\tm.set(acc[i], \"mov.\"+untyped(m.class), m.zero(m.widths, m.kind))\n\t}\n}\n\n// stage", "\t}\n}\n\n// stage", by("cuda ^matmul/")},
		{"backend/cuda/ptx/index.go", "an index as large as its axis is let through", "b.do(pred, \"setp.lt.u64\", index, b.load(b64, size))", "b.do(pred, \"setp.le.u64\", index, b.load(b64, size))", by("cuda ^(gather|indexselect|scatter)/error", "cuda ^(gather|indexselect)/", "backend/cuda Index")},
		{"backend/cuda/ptx/index.go", "overwrite for accumulate in scatteradd", "sum := b.combine(w.class(k), op.BySum, b.fetch(w, y, k, target), x)", "sum := b.combine(w.class(k), op.BySum, b.zero(w, k), x)", by("cuda ^scatteradd/")},
		{"backend/cuda/ptx/index.go", "the stride of the index for that of the source", "b.set(ps, \"add.s64\", ps, b.load(b64, steps+1))", "b.set(ps, \"add.s64\", ps, b.load(b64, steps))", by("cuda ^scatter(add)?/")},
		{"backend/cuda/running.go", "rows are scanned in one direction only", "if a.Reverse {", "if a.Reverse && s.inner > 1 {", by("cuda ^cumsum/")},
		{"backend/cuda/ptx/scan.go", "argmax passes over NaN", "better = b.do(pred, \"or.pred\", better, b.do(pred, \"setp.nan.\"+t, x, x))", "_ = t", by("cuda ^argm(ax|in)/")},
		{"backend/cuda/order.go", "the passes of a sort begin with the highest digit", "for shift := 0; shift < o.bits; shift += 8 {", "for shift := o.bits/8*8 - 8; shift >= 0; shift -= 8 {", by("cuda ^(arg)?sort/")},
		{"backend/cuda/ptx/window.go", "maxpool passes over NaN", "better = b.do(pred, \"or.pred\", better, b.do(pred, \"setp.nan.\"+w.typ(kind), v, v))", "_ = kind", by("cuda ^(adaptive)?maxpool/")},
		{"backend/cuda/elementwise.go", "operands with gaps taken for dense ones", "if n.rank() == 1 && n.strides[k][0] != operand(c, k).DType.Size() {", "if n.rank() == 1 && n.strides[k][0] < 0 {", by("cuda ^(add|exp)/")},
		{"backend/cuda/elementwise.go", "too few blocks", "blocks := (n + threads - 1) / threads", "blocks := max(1, n/threads)", by("cuda ^(add|exp|gather)/")},

		{"backend/vulkan/order.go", "a missing barrier between dispatches", "\t\ts.words = append(s.words, vkshim.OpBarrier)\n", "\t\t_ = vkshim.OpBarrier\n", by("backend/vulkan ^TestOrder$")},
		{"backend/vulkan/order.go", "a write after a read takes no barrier", "(a.write || b.write)", "a.write", by("backend/vulkan ^Test(Order|Conflict)$")},
		{"backend/vulkan/order.go", "off by one in the overlap of accesses", "a.lo < b.hi && b.lo < a.hi", "a.lo < b.hi && b.lo <= a.hi", by("backend/vulkan ^Test(Order|Conflict)$")},
		{"backend/vulkan/order.go", "no barrier after a list", "s.free, s.ended = false, true", "s.free, s.ended = false, false", by("backend/vulkan ^TestRunListOrder$")},
		{"backend/vulkan/kernel/fold.go", "the largest of negative numbers is 0", "[...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}", "[...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: 0, op.ByMin: math.Inf(1)}", by("vulkan ^amax/")},
		{"backend/vulkan/kernel/fold.go", "pieces of a sum overlap", "e.Range(piece, count, pieces,", "e.Range(piece.Sub(piece), count, pieces,", by("vulkan ^sum/.*size 1025")},
		{"backend/vulkan/kernel/fold.go", "a mean without its divisor", "\t\tif s.Over {\n\t\t\tr = r.Div(over)", "\t\tif s.Over && s.Kept > 99 {\n\t\t\tr = r.Div(over)", by("vulkan ^mean/[0-3]")},
		{"backend/vulkan/kernel/index.go", "overwrite for accumulate in scatteradd", "x = sum.Get().Add(x)", "x = x.Add(e.zero(x.Type()))", by("vulkan ^scatteradd/[0-3]")},
		{"backend/vulkan/kernel/index.go", "a wrong stride of the index in gather", "at = at.Add(c[k].Mul(is[k]))\n\t\t\tif k", "at = at.Add(c[k].Mul(is[k]).Mul(is[k]))\n\t\t\tif k", by("vulkan ^gather/[0-3]")},
		{"backend/vulkan/kernel/scan.go", "a reversed scan runs forwards", "at = n.Sub(c.Word(1)).Sub(k)", "at = k", by("vulkan ^cumsum/[0-9] ")},
		{"backend/vulkan/kernel/pool.go", "an axis of windows begins with the padding", "first = o.Mul(w.stride[k]).Sub(w.pad[k])", "first = o.Mul(w.stride[k])", by("vulkan ^avgpool/[0-9] ")},
		{"backend/vulkan/kernel/coalesce.go", "axes joined that do not follow each other", "joins = joins && c.Strides[k][last] == c.from[k][i]*n", "joins = joins && c.Strides[k][last] >= c.from[k][i]*n", by("vulkan ^add/[0-3].*(sliced|transposed|expanded)")},
	}...)
}
