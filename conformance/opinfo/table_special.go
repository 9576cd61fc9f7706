package opinfo

import "math"

var negInf = math.Inf(-1)

// specialTable has the functions of torch.special that are not primitives.
func specialTable() map[string]function {
	multiGamma := is(func(c *call) *T { return c.x().MultiGammaLn(c.int(1, "p", 1)) })
	return map[string]function{
		"special.entr":          unary((*T).Entr),
		"special.ndtr":          unary((*T).Ndtr),
		"special.ndtri":         unary((*T).Ndtri),
		"special.erfcx":         unary((*T).Erfcx),
		"special.log_ndtr":      unary((*T).LogNdtr),
		"mvlgamma.mvlgamma_p_1": multiGamma,
		"mvlgamma.mvlgamma_p_3": multiGamma,
		"mvlgamma.mvlgamma_p_5": multiGamma,
	}
}
