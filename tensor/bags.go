package tensor

// Bags are the options of EmbeddingBag.
type Bags struct {
	Mean    bool    // divide each sum by the number of rows
	Weights *Tensor // of each id; or nil
	Padding *int    // an id that does not count; or nil
}

// EmbeddingBag returns the sums of the rows of t [v, d] that ids, a vector,
// name: one sum for each bag, [bags, d]. A bag starts at each of the offsets,
// which ascend from 0. It waits for the device to read ids and offsets.
func (t *Tensor) EmbeddingBag(ids, offsets *Tensor, o Bags) *Tensor {
	deviceOf(nil, "embeddingbag", []*Tensor{t, ids, offsets})
	if t.Rank() != 2 || ids.Rank() != 1 || offsets.Rank() != 1 || !ids.dtype.IsInt() || !offsets.dtype.IsInt() {
		panic(newError("embeddingbag", misfit(ErrShape, "want [v, d] and two vectors of integers"), t, ids, offsets))
	}
	if o.Weights != nil && !sameShape(o.Weights.Shape(), ids.Shape()) {
		panic(newError("embeddingbag", misfit(ErrShape, "want a weight for each id"), t, ids, o.Weights))
	}
	starts := offsets.Float64s()
	if len(starts) == 0 && ids.Numel() > 0 {
		panic(newError("embeddingbag", misfit(ErrShape, "%d ids and no bag", ids.Numel()), t, ids, offsets))
	}
	for i, s := range starts {
		if i == 0 && s != 0 || i > 0 && s < starts[i-1] || s > float64(ids.Numel()) {
			panic(newError("embeddingbag", misfit(ErrAttr, "offset %d is %v, want them to ascend from 0 to at most %d", i, s, ids.Numel()), t, ids, offsets))
		}
	}
	var bag, at, id []int64
	count := make([]float64, len(starts))
	next := 0
	for i, x := range ids.Float64s() {
		for next < len(starts) && starts[next] <= float64(i) {
			next++
		}
		if o.Padding != nil && int(x) == *o.Padding {
			continue
		}
		bag, at, id = append(bag, int64(next-1)), append(at, int64(i)), append(id, int64(x))
		count[next-1]++
	}
	vector := func(l []int64) *Tensor { return From(t.Device(), l, len(l)) }
	rows := t.IndexSelect(0, vector(id))
	if o.Weights != nil {
		rows = rows.Mul(o.Weights.IndexSelect(0, vector(at)).Unsqueeze(1))
	}
	sum := Zeros(t.Device(), t.dtype, len(starts), t.Dim(1)).IndexAdd(0, vector(bag), rows, 1)
	if o.Mean {
		n := From(t.Device(), count, len(count), 1).MaximumScalar(1)
		return sum.Div(n.To(t.dtype))
	}
	return sum
}
