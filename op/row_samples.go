package op

func (r *row) samples(rnd *Rand) []Sample { return nil }
func (r *row) errors() []ErrorSample      { return nil }
