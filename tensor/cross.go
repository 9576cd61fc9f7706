package tensor

// Cross returns the cross products of vectors along an axis of size 3; the
// other axes broadcast.
func (t *Tensor) Cross(u *Tensor, axis int) *Tensor {
	deviceOf(nil, "cross", []*Tensor{t, u})
	b := Broadcast(t, u)
	x, y := b[0], b[1]
	a := x.axis("cross", axis)
	if x.Rank() == 0 || t.Rank() != u.Rank() || t.Dim(a) != 3 || u.Dim(a) != 3 {
		panic(newError("cross", misfit(ErrShape, "want as many axes in both, and size 3 at axis %d", axis), t, u))
	}
	return x.Roll(a, -1).Mul(y.Roll(a, -2)).Sub(x.Roll(a, -2).Mul(y.Roll(a, -1)))
}
