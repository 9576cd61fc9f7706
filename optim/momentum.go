package optim

// A MomentumSetter is an Algorithm with a momentum, which schedules change.
type MomentumSetter interface {
	Algorithm
	// WithMomentum returns the algorithm with another momentum; for those with
	// Betas it is the first.
	WithMomentum(m float64) Algorithm
}

// WithMomentum returns c with another momentum.
func (c SGD) WithMomentum(m float64) Algorithm { c.Momentum = m; return c }

// WithMomentum returns c with another momentum.
func (c RMSprop) WithMomentum(m float64) Algorithm { c.Momentum = m; return c }

// WithMomentum returns c with another first beta.
func (c Adam) WithMomentum(m float64) Algorithm { c.Betas = firstBeta(c.Betas, m); return c }

// WithMomentum returns c with another first beta.
func (c AdamW) WithMomentum(m float64) Algorithm { c.Betas = firstBeta(c.Betas, m); return c }

// WithMomentum returns c with another first beta.
func (c Adamax) WithMomentum(m float64) Algorithm { c.Betas = firstBeta(c.Betas, m); return c }

// WithMomentum returns c with another first beta.
func (c NAdam) WithMomentum(m float64) Algorithm { c.Betas = firstBeta(c.Betas, m); return c }

// WithMomentum returns c with another first beta.
func (c RAdam) WithMomentum(m float64) Algorithm { c.Betas = firstBeta(c.Betas, m); return c }

func firstBeta(b [2]float64, m float64) [2]float64 {
	_, b2 := betasOr(b)
	return [2]float64{m, b2}
}
