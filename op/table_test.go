package op

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// samplesOf returns the samples of o that every test of the package sees.
func samplesOf(o *Op) []Sample { return o.Samples(NewRand(1)) }

func arrays(vals []Value) []*Array {
	l := make([]*Array, len(vals))
	for i, v := range vals {
		l[i] = v.(*Array)
	}
	return l
}

func TestDocs(t *testing.T) {
	for _, o := range All() {
		verb, _, _ := strings.Cut(o.Doc, " ")
		verb = strings.TrimSuffix(verb, ",")
		if !strings.HasSuffix(o.Doc, ".") || !strings.HasSuffix(verb, "s") || verb != strings.ToLower(verb) {
			t.Errorf("%s: doc %q: want a sentence that continues the name with a verb and ends with a period", o.Name, o.Doc)
		}
		if o.Name != strings.ToLower(o.Name) {
			t.Errorf("%s: want a name in lower case", o.Name)
		}
	}
}

// What Infer promises, the reference must give.
func TestInfer(t *testing.T) {
	for _, o := range All() {
		if o.Samples == nil || len(samplesOf(o)) == 0 {
			t.Errorf("%s: no samples", o.Name)
			continue
		}
		for _, s := range samplesOf(o) {
			metas := metasOf(valuesOf(s.In))
			want, err := o.Infer(metas, s.Attrs)
			if err != nil {
				t.Errorf("%s %s of %v: %v", o.Name, s.Name, metas, err)
				continue
			}
			got := arrays(Reference{}.Apply(o, s.Attrs, valuesOf(s.In)...))
			if len(got) != len(want) || len(got) != o.NumOutputs() && o.Name != "map" {
				t.Errorf("%s %s of %v: %d outputs, want %d", o.Name, s.Name, metas, len(got), len(want))
				continue
			}
			for i, a := range got {
				if !slices.Equal(a.Meta.Shape, want[i].Shape) || a.Meta.DType != want[i].DType {
					t.Errorf("%s %s of %v: output %d is %v, want %v", o.Name, s.Name, metas, i, a.Meta, want[i])
				}
				for _, x := range a.Data {
					if d := a.Meta.DType; !d.IsFloat() && RoundTo(x, d) != x {
						t.Errorf("%s %s of %v: output %d holds %v, which is no %v", o.Name, s.Name, metas, i, x, d)
						break
					}
				}
			}
		}
	}
}

// Samples depend on the seed alone, so that every machine sees the same ones.
func TestSamplesRepeat(t *testing.T) {
	for _, o := range All() {
		if o.Samples == nil {
			continue
		}
		a, b := samplesOf(o), samplesOf(o)
		if len(a) != len(b) {
			t.Errorf("%s: %d samples, then %d", o.Name, len(a), len(b))
			continue
		}
		for i := range a {
			for k, x := range a[i].In {
				if !slices.EqualFunc(x.Data, b[i].In[k].Data, same) {
					t.Errorf("%s: sample %d differs when drawn again", o.Name, i)
				}
				for _, v := range x.Data {
					if !same(RoundTo(v, x.Meta.DType), v) {
						t.Errorf("%s: sample %d (%s) holds %v, which is no %v", o.Name, i, a[i].Name, v, x.Meta.DType)
						break
					}
				}
			}
		}
	}
}

func same(x, y float64) bool { return x == y || x != x && y != y }

func TestErrors(t *testing.T) {
	for _, o := range All() {
		if o.Errors == nil {
			continue
		}
		for _, s := range o.Errors() {
			metas := metasOf(valuesOf(s.In))
			_, err := o.Infer(metas, s.Attrs)
			if !errors.Is(err, s.Want) {
				t.Errorf("%s %s of %v, %v: error %v, want one that is %q", o.Name, s.Name, metas, s.Attrs, err, s.Want)
			}
		}
	}
}
