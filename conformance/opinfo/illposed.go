package opinfo

// oddity says how much of a sample can be compared.
type oddity uint8

const (
	sound      oddity = iota
	upToSign          // of vectors that are one as good as the other
	noForward         // the JVP is a convention
	noSecond          // so are second derivatives
	noGradient        // so are gradients
	onlyShape         // values are not defined: random or uninitialised
	noValue           // neither are shapes
)

// odd lists samples (all, if there are none) and the reason.
type odd struct {
	kind    oddity
	samples []int
	why     string
}

type odds []odd

func (l odds) covers(sample int) oddity {
	k := sound
	for _, o := range l {
		if len(o.samples) == 0 {
			k = max(k, o.kind)
		}
		for _, i := range o.samples {
			if i == sample {
				k = max(k, o.kind)
			}
		}
	}
	return k
}

const (
	isRandom      = "random, and the generators differ"
	uninitialised = "uninitialised memory"
	duplicates    = "several elements for one place: PyTorch gives a gradient to all of them, we to the one that stays"
	zeroTensor    = "PyTorch's second derivative of sign is a tensor without memory, and what was recorded of it is noise"
	emptyRow      = "rows without elements: PyTorch records NaN for their derivatives, which are 0"
)

const (
	otherTriangle = "PyTorch gives a gradient to the triangle that it does not read"
	anyTangent    = "PyTorch's JVP takes tangents that leave the set of symmetric, or triangular, matrices; its gradient does not"
)

// illPosed lists what is not compared, with the reason.
var illPosed = map[string]odds{
	"index_put":                        {{noGradient, []int{0, 4}, duplicates}},
	"nn.functional.max_unpool1d":       {{noGradient, nil, duplicates + "; those without are max_unpool1d.grad"}},
	"nn.functional.max_unpool2d":       {{noGradient, nil, duplicates + "; those without are max_unpool2d.grad"}},
	"nn.functional.max_unpool3d":       {{noGradient, nil, duplicates + "; those without are max_unpool3d.grad"}},
	"abs":                              {{noSecond, nil, zeroTensor}},
	"nn.functional.l1_loss":            {{noSecond, nil, zeroTensor}},
	"as_strided_scatter":               {{noGradient, nil, "PyTorch 1.13 passes the gradient on to elements that were replaced, and sums what overlaps"}, {noValue, []int{3, 4}, "elements overlap: which one stays is not said"}},
	"linalg.vector_norm":               {{noSecond, []int{3, 6, 8, 12, 15, 17, 21}, zeroTensor + ", for orders 1 and ±Inf"}},
	"digamma":                          {{noSecond, nil, "not ill-posed: the second derivative needs polygamma(2), which is no primitive of ours"}},
	"cholesky_solve":                   {{noGradient, []int{6, 7, 8, 9, 10, 11}, otherTriangle}},
	"cholesky_inverse":                 {{noGradient, []int{6, 7, 8, 9, 10, 11}, otherTriangle}},
	"linalg.pinv.hermitian":            {{noGradient, []int{0, 4, 6}, "PyTorch's gradient is that of a matrix whose upper triangle counts, too"}},
	"symeig":                           {{upToSign, nil, "an eigenvector may point either way"}},
	"cholesky":                         {{noForward, nil, anyTangent}},
	"linalg.cholesky":                  {{noForward, nil, anyTangent}},
	"linalg.cholesky_ex":               {{noForward, nil, anyTangent}},
	"triangular_solve":                 {{noForward, nil, anyTangent}},
	"linalg.norm.subgradients_at_zero": {{noSecond, nil, "at the bend of the norm PyTorch's second derivatives are NaN, ours are 0"}},
	"aminmax":                          {{noValue, []int{5}, "of a scalar PyTorch keeps an axis that was not there"}},
	"masked.logaddexp":                 {{noSecond, nil, emptyRow}},
	"masked.logsumexp":                 {{noSecond, nil, emptyRow}},
	"empty":                            {{onlyShape, nil, uninitialised}},
	"empty_like":                       {{onlyShape, nil, uninitialised}},
	"new_empty":                        {{onlyShape, nil, uninitialised}},
	"new_empty_strided":                {{onlyShape, nil, uninitialised}},
	"rand_like":                        {{onlyShape, nil, isRandom}},
	"randn":                            {{onlyShape, nil, isRandom}},
	"randn_like":                       {{onlyShape, nil, isRandom}},
	"randint_like":                     {{onlyShape, nil, isRandom}},
	"normal":                           {{onlyShape, nil, isRandom}},
	"normal.number_mean":               {{onlyShape, nil, isRandom}},
	"bernoulli":                        {{onlyShape, nil, isRandom}},
	"multinomial":                      {{onlyShape, nil, isRandom}},
	"uniform":                          {{onlyShape, nil, isRandom}},
}

// looser lists names for which float64 results may differ by more, and why.
var looser = map[string]struct {
	times float64
	why   string
}{
	"nn.functional.hardsigmoid":          {1000, "PyTorch rounds 1/6 in the gradient to float32"},
	"nn.functional.binary_cross_entropy": {100, "PyTorch adds 1e-12 to probabilities in second derivatives"},
}
