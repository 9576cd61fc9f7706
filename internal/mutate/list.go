package main

// A mutation breaks one thing.
type mutation struct {
	file, what string
	old, new   string   // old occurs once in the file
	tests      []string // "package pattern": tests, of conformance cases, of which one must fail
}

// by lists the tests that must notice: "op ^TestGradients$" are tests of a package,
// "conformance ^sin/" cases on the CPU, "vulkan ^add/" and "cuda ^add/" on those.
func by(tests ...string) []string { return tests }

var mutations = []mutation{
	// The language of formulas and its derivatives. What both the reference and
	// the devices derive from a formula, only tests against outside values see.
	{"pointwise/partial.go", "sign of the derivative of cos", "return g.times(x.Sin()).minus()", "return g.times(x.Sin())", by("op ^TestGradients$")},
	{"pointwise/partial.go", "derivative of tanh", "return g.times(oneMinusSquare(y))", "return g.times(y)", by("op ^TestGradients$")},
	{"pointwise/partial.go", "sixth digit of the derivative of erf", "c(2 / math.SqrtPi)", "c(1.128385)", by("pointwise ^TestDerivative$")},
	{"pointwise/partial.go", "derivative of |x| at 0", "x.Eq(c(0)).Select(c(0), g))", "g)", by("pointwise ^TestSubgradient$")},
	{"pointwise/partial.go", "fifth digit in the derivative of 1/sqrt", "Mul(Const(-0.5))", "Mul(Const(-0.50001))", by("pointwise ^TestDerivative$", "op ^TestGradients$")},
	{"pointwise/partial.go", "a dropped term: derivative of fmod by its divisor", "return g.times(x.Div(arg[1]).Trunc()).minus()", "return none", by("op ^TestGradients$")},
	{"pointwise/zz_coefficients.go", "sixth digit of a coefficient of sin", "-0.16666655", "-0.16666855", by("pointwise ^TestBudget$")},
	{"pointwise/zz_coefficients.go", "sixth digit of a coefficient of exp", "0.16666666, 0.041666463", "0.16666966, 0.041666463", by("pointwise ^TestBudget$")},
	{"pointwise/zz_coefficients.go", "sixth digit of a coefficient of log", "0.33333313", "0.33333613", by("pointwise ^TestBudget$")},
	{"pointwise/zz_coefficients.go", "sixth digit of a coefficient of erf", "0.12837917", "0.12838017", by("pointwise ^TestBudget$")},
	{"pointwise/expand_exp.go", "exp overflows too early", "num(88.72284)", "num(88.6)", by("pointwise ^TestBudget$")},
	{"pointwise/simplify.go", "NaN == NaN is simplified to true", "case OpLe, OpEq:\n\t\tif x == y && b.code[x].Kind != Float {", "case OpLe, OpEq:\n\t\tif x == y {", by("pointwise ^Test(Simplify|SimplifyFuzz)$")},

	// The table of ops.
	{"op/formula.go", "swapped sign in the remainder", "adrift(r, y).Select(r.Add(y), r)", "adrift(r, y).Select(r.Sub(y), r)", by("op ^Test(Edges|Integers)$", "conformance/opinfo ^TestReference$")},
	{"op/formula.go", "off by one in the series of sinc", "(2*k + 2) * (2*k + 3)", "(2*k + 1) * (2*k + 3)", by("op ^TestValues$", "conformance/opinfo ^TestReference$")},
	{"op/formula.go", "logaddexp of equal infinities", "x.Eq(y).And(x.IsInf()).Select(x, x.Max(y).Add(tail))\n}\n\nfunc logAddExp2", "x.Max(y).Add(tail)\n}\n\nfunc logAddExp2", by("op ^Test(Edges|Values)$", "conformance/opinfo ^TestReference$")},
	{"op/activation.go", "sixth digit of a constant of gelutanh", "num(0.044715)", "num(0.0447151)", by("op ^TestValues$", "conformance/opinfo ^TestReference$")},
	{"op/activation.go", "sixth digit of the scale of selu", "seluScale = 1.0507009", "seluScale = 1.0507109", by("op ^TestValues$", "conformance/opinfo ^TestReference$")},
	{"op/matmul.go", "sign of the gradient of a matrix product", "b.MatMul(b.Transpose(x), g)", "b.Neg(b.MatMul(b.Transpose(x), g))", by("op ^TestGradients$")},
	{"op/matmul.go", "the gradient reads an operand that is not saved", "SaveIn: Nth(0, 1),", "SaveIn: Nth(0),", by("op ^TestGradients$")},
	{"op/matmul.go", "inner sizes are not checked", "if y[len(y)-2] != k {", "if false {", by("conformance ^matmul/error")},
	{"op/softmax.go", "sign in the gradient of softmax", "y.Mul(g.Sub(dot))", "y.Mul(g.Add(dot))", by("op ^TestGradients$")},
	{"op/softmax.go", "logsumexp without its shift by the maximum", "m = b.Map(finiteOrZero, nil, m)[0]", "m = b.Scale(b.Map(finiteOrZero, nil, m)[0], 0)", by("conformance ^logsumexp/")},
	{"op/norm_grad.go", "a dropped term in the gradient of the norms", "g.Mul(w).Sub(s1.Mul(u[1]))", "g.Mul(w).Sub(s1.Sub(s1))", by("op ^TestGradients$")},
	{"op/norm_grad.go", "gradient of a weight without the mean", "in[0].Mul(in[1].Sub(in[2])).Mul(rsqrt(in[3].Add(eps)))", "in[0].Mul(in[1]).Mul(rsqrt(in[3].Add(eps)))", by("op ^TestGradients$")},
	{"op/reduce.go", "gradient of a mean without its divisor", "g = b.Scale(g, 1/a.Over)", "g = b.Scale(g, 1)", by("op ^TestGradients$")},
	{"op/reduce.go", "ties of a maximum do not share its gradient", "g = b.Mul(hit, b.Div(g, b.Sum(hit, a.Axes, true)))", "g = b.Mul(hit, g)", by("op ^TestTiesShare$", "conformance/opinfo ^TestReference$")},
	{"op/index.go", "wrong axis in the decomposition of indexselect", "{b.one(Gather, AxisAttrs{axis}, in[0]", "{b.one(Gather, AxisAttrs{0}, in[0]", by("op ^Test(Gradients|Infer|IndexValues)$")},
	{"op/loss.go", "the class that is ignored", "return []float64{-100}", "return []float64{-1}", by("op ^TestLossValues$")},
	{"op/loss_entropy.go", "a missing scale in label smoothing", "e.b = a.Smoothing / float64(max(s[e.axis], 1))", "e.b = a.Smoothing", by("op ^TestLossValues$")},
	{"op/conv.go", "overwrite for accumulate in the reference of convtranspose", "x.Data[xi] += in[0].Data[yi] * in[1].Data[wi]", "x.Data[xi] = in[0].Data[yi] * in[1].Data[wi]", by("conformance ^convtranspose/")},
	{"op/pool_window.go", "off by one in a pooling window", "end := w.first + wide", "end := w.first + wide - 1", by("conformance ^(max|avg)pool/")},
	{"op/philox.go", "a multiplier of the random generator", "0xD2511F53", "0xD2511F55", by("op ^TestPhilox$")},

	// Shapes and types.
	{"shape/broadcast.go", "an axis of 2 counts as not stretched", "from[i-off] == 1 && d != 1", "from[i-off] == 1 && d > 2", by("op ^TestGradients$")},
	{"dtype/half.go", "ties of bfloat16 round up", "(b + 0x7fff + (b >> 16 & 1)) >> 16", "(b + 0x8000) >> 16", by("dtype ^TestHalfRounding$")},
	{"dtype/promote.go", "uint8 and int8 promote to int8", "case a == Uint8 && b == Int8:", "case false:", by("dtype ^TestPromote")},

	// Tensors and the gradient engine.
	{"tensor/context.go", "the check of versions is gone", "v != s.version {", "v != v {", by("autograd .")},
	{"tensor/inplace.go", "a change in place is not counted", "t.store.version.Add(1)", "t.store.version.Add(0)", by("autograd .", "tensor ^TestInPlace")},
	{"tensor/inplace.go", "an overlapping operand is not copied first", "t.store == d.store && !sameView(t, d)", "false", by("tensor ^Test(InPlace|Update)", "conformance ^(add|tanh)/.*overlapping$")},
	{"tensor/view.go", "the gradient of a view overwrites where it must accumulate", "if v.Injective() {", "if v.Shape != nil {", by("conformance ^(expand|asstrided|viewgrad|unfold)/")},
	{"tensor/storage.go", "memory is freed while a view holds it", "if s.refs.Add(-1) == 0 {", "if s.refs.Add(-1) <= 1 {", by("conformance ^(permute|add)/")},
	{"tensor/record.go", "gradients are wanted of every operand", "if t.requires && t.dtype.IsFloat() {", "if t.dtype.IsFloat() {", by("autograd .")},
	{"autograd/engine.go", "gradients of two uses are subtracted", "e.createGraph).Add(a, b)", "e.createGraph).Sub(a, b)", by("autograd .", "conformance ^add/.*aliased")},
	{"autograd/leaf.go", "Grad is overwritten, not accumulated", "old.AddInPlace(g)", "old.CopyInPlace(g)", by("autograd ^TestAccumulate$")},

	// The seam to devices.
	{"backend/pool.go", "the pool lends a live block again", "a.remove(b)\n\t\tp.hits++", "p.hits++", by("backend ^TestPool", "conformance ^sum/")},
	{"backend/pool.go", "a buffer freed twice is given back twice", "h.block.Swap(nil)", "h.block.Load()", by("backend ^TestPoolDoubleFree$")},
	{"backend/hostview.go", "int8 without its sign", "return float64(int8(b[0]))", "return float64(b[0])", by("backend ^TestHostView", "conformance ^(abs|neg)/")},

	// Kernels of the CPU.
	{"backend/cpu/elementwise.go", "a kernel cached without all its types", "if v.types == types {", "if v.types[0] == types[0] {", by("conformance ^(add|cast)/")},
	{"backend/cpu/elementwise.go", "a conversion taken for a copy", "c.In[0].DType == c.Out[0].DType &&", "c.In[0].DType.Size() == c.Out[0].DType.Size() &&", by("conformance ^cast/")},
	{"backend/cpu/reduce.go", "a mean without its divisor", "c.Fold.Over, o.in", "0, o.in", by("conformance ^mean/")},
	{"backend/cpu/softmax.go", "softmax without its shift by the maximum", "top := v.max(in)", "top := in[0]", by("conformance ^(log)?softmax/")},
	{"backend/cpu/softmax.go", "sixth digit of logsoftmax", "T(math.Log(v.total(powers)))", "T(math.Log(v.total(powers))*1.00001)", by("conformance ^logsoftmax/")},
	{"backend/cpu/norm_layer.go", "wrong divisor of the variance", "v.squares(row, T(m)) / float64(n)", "v.squares(row, T(m)) / float64(n-1)", by("conformance ^layernorm/")},
	{"backend/cpu/norm_channels.go", "batchnorm without eps", "a.Eps+q", "0*a.Eps+q", by("conformance ^batchnorm/")},
	{"backend/cpu/move.go", "off by one in flip", "(s[k] - 1) * strides[k]\n\t\tstrides", "max(s[k]-2, 0) * strides[k]\n\t\tstrides", by("conformance ^flip/")},
	{"backend/cpu/move.go", "swapped sides of a padding", "to += max(0, a.Before[k]) * out", "to += max(0, a.After[k]) * out", by("conformance ^pad/")},
	{"backend/cpu/move.go", "wrong stride in concat", "at += x.Shape[axis] * out.Strides[axis]", "at += x.Shape[axis]", by("conformance ^concat/")},
	{"backend/cpu/index.go", "indices are not checked", "if uint64(i) >= uint64(size) {", "if uint64(i) > uint64(size) {", by("backend/cpu ^TestIndexOutOfRange$", "conformance /error")},
	{"backend/cpu/index.go", "wrong stride in indexselect", "src[(i/n*size+int(index[i%n]))*run:]", "src[(i/n*n+int(index[i%n]))*run:]", by("conformance ^indexselect/")},
	{"backend/cpu/index.go", "overwrite for accumulate in scatteradd", "y[at] += src[from]", "y[at] = src[from]", by("conformance ^scatteradd/")},
	{"backend/cpu/index.go", "scatter leaves what it does not hit as it was", "copyOut(&c.In[0], shape.Strides(c.In[0].Shape), y)", "_ = shape.Strides(c.In[0].Shape)", by("conformance ^scatter/")},
	{"backend/cpu/scan.go", "off by one in a reversed scan", "return n - 1, -1", "return max(n-2, 0), -1", by("conformance ^cumsum/")},
	{"backend/cpu/scan.go", "argmax of ties takes the last", "sign > 0 && x > top", "sign > 0 && x >= top", by("conformance ^argmax/")},
	{"backend/cpu/scan.go", "argmax passes over NaN", "case x != x || sign > 0", "case sign > 0", by("conformance ^argm(ax|in)/")},
	{"backend/cpu/sort_keys.go", "the upper halves of 64-bit keys are not sorted", "if s.bits > 32 {", "if s.bits > 64 {", by("conformance ^(arg)?sort/")},
	{"backend/cpu/sort.go", "NaN sorts first", "return math.MaxUint32", "return 0", by("conformance ^(arg)?sort/")},
	{"backend/cpu/sort_keys.go", "swapped comparison in the heap of topk", "heap[next+1] > heap[next] {", "heap[next+1] < heap[next] {", by("conformance ^(topk|kthvalue)/")},
	{"backend/cpu/matmul.go", "a batch of 1 is not stretched", "if i >= len(out)-2 || s[i-skip] != 1 {", "if i >= skip {", by("conformance ^matmul/")},
	{"backend/cpu/window.go", "off by one at the end of a window", "end := min(first+wide, size)", "end := min(first+wide-1, size)", by("conformance ^(max|avg)pool/")},
	{"backend/cpu/maxpool.go", "maxpool passes over NaN", "if v := plane[at]; !(v <= top) && top == top {", "if v := plane[at]; v > top {", by("conformance ^maxpool/", "backend/cpu ^TestLargestOfNaN$")},
	{"backend/cpu/conv.go", "padding of the wrong axis", "Pad: perAxis(a.Pad, len(x)-2, 0)", "Pad: perAxis(a.Pad, len(x)-2, 1)", by("conformance ^conv/")},
	{"backend/cpu/conv.go", "accumulation onto fresh memory", "w, 0, g.CI, n > 0)", "w, 0, g.CI, true)", by("conformance ^conv(weight)?/")},
	{"backend/cpu/conv.go", "groups are forgotten for 1x1 kernels", "g.Groups == 1 && g.X == g.Y", "g.X == g.Y", by("conformance ^conv/")},
	{"backend/cpu/internal/gemm/blocked.go", "overwrite for accumulate over blocks of k", "acc := j.acc || p0 > 0", "acc := j.acc", by("conformance ^matmul/")},
	{"backend/cpu/internal/gemm/blocked.go", "off by one in the offset of a block of k", "p0, j0 = s%j.depth*j.kc, s/j.depth*j.nc", "p0, j0 = max(0, s%j.depth*j.kc-1), s/j.depth*j.nc", by("conformance ^matmul/")},
	{"backend/cpu/internal/interp/convert.go", "the stride of an operand is ignored", "d[i] = s[i*stride]", "d[i] = s[i]", by("conformance ^add/.*/sliced")},
	{"backend/cpu/internal/interp/run.go", "loops merged that do not follow each other", "even = even && st == v.strides[first]*w.sizes[first]", "even = even && st > 0", by("conformance ^(add|sub)/")},
	{"backend/cpu/internal/interp/run.go", "scalars of the call before", "len(k.uniforms) == 0 || same(w.uniforms, uniforms) {", "len(k.uniforms) == 0 || len(w.uniforms) > 0 {", by("conformance ^(addscalar|clamp)/")},
	{"backend/cpu/internal/interp/run.go", "an uninitialised tail", "min(hi*blockSize, n))", "min(hi*blockSize, n-n%8))", by("conformance ^add/")},
	{"backend/cpu/internal/strided/copy.go", "a transposed row copied straight", "dst[i] = src[i*s]\n\t\t}", "dst[i] = src[i]\n\t\t}", by("conformance ^(flip|concat|permute|clone|cast)/")},
}
