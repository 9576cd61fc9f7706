package kernel

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// validate runs spirv-val on a kernel, where it is installed, and on what
// becomes of it without 64-bit integers.
func validate(t *testing.T, k *Kernel) {
	t.Helper()
	narrow := *k
	if narrow.Words = spirv.Narrow(k.Words); len(narrow.Words) != len(k.Words) {
		const capability, int64 = 2<<16 | 17, 11
		for i := 5; i < 20; i++ {
			if narrow.Words[i] == capability && narrow.Words[i+1] == int64 {
				t.Errorf("%s: the narrow module asks for 64-bit integers", k.Key)
			}
		}
		validateWords(t, &narrow)
	}
	validateWords(t, k)
}

func validateWords(t *testing.T, k *Kernel) {
	t.Helper()
	val, err := exec.LookPath("spirv-val")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("spirv-val is not installed")
	}
	if k.Params < Reserved {
		t.Fatalf("%s: %d parameters", k.Key, k.Params)
	}
	mem := make([]byte, 0, 4*len(k.Words))
	for _, w := range k.Words {
		mem = binary.LittleEndian.AppendUint32(mem, w)
	}
	file := filepath.Join(t.TempDir(), "k.spv")
	if err := os.WriteFile(file, mem, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(val, "--target-env", target(k), file).CombinedOutput(); err != nil {
		dis, _ := exec.Command("spirv-dis", "--no-header", file).CombinedOutput()
		t.Fatalf("%s: %v\n%s\n%s", k.Key, err, out, dis)
	}
	if len(mem) > 25<<10 {
		t.Logf("%s: %d KiB", k.Key, len(mem)>>10)
	}
}

// TestElementwise validates the kernel of each elementwise op of the table on
// its own samples' types, in the layouts in turn.
func TestElementwise(t *testing.T) {
	seen := map[string]bool{}
	i := 0
	for _, o := range op.All() {
		if o.Lower == nil || testing.Short() && i > 40 {
			continue
		}
		for _, s := range o.Samples(op.NewRand(1)) {
			in := metas(s)
			outs, err := o.Infer(in, s.Attrs)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := o.Lower(in, s.Attrs)
			spec := pointwise.Spec{Program: pointwise.Expand(f.Program)}
			var layouts []Layout
			for _, m := range in {
				spec.In = append(spec.In, m.DType)
				layouts = append(layouts, Layout(i%4))
				i++
			}
			for _, m := range outs {
				spec.Out = append(spec.Out, m.DType)
				layouts = append(layouts, Layout(i%2*2))
			}
			if key := o.Name + spec.Key(); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			if spec.Float64() {
				spec.Program = f.Program
			}
			places := Places{Layouts: layouts, Axes: 2, Rows: i%3 == 0, Repeat: 1 + i%2*7}
			places.Reach = i%5 == 0 && places.MayReach(2*len(spec.Uniforms))
			places.Near = places.Reach && i%2 == 0
			k, err := Elementwise(spec, places)
			if err != nil {
				continue // a transcendental of float64s
			}
			if k.Reaches { // which no device without 64-bit integers runs
				validateWords(t, k)
			} else {
				validate(t, k)
			}
			if len(seen)%4 > 0 { // wide loads take longer to check
				continue
			}
			p := Places{Layouts: layouts, Axes: 2, Rows: i%3 == 0, Repeat: 2, Wide: 4 + i%2*4, Long: i%4 > 1}
			for j, l := range p.Layouts {
				if p.Rows && l == Strided {
					p.Layouts[j] = Along
				} else if !p.Rows {
					p.Layouts[j] = Dense
				}
			}
			p.Reach = p.Long && p.MayReach(2*len(spec.Uniforms))
			p.Near = p.Reach && i%3 == 0
			if k, err = Elementwise(spec, p); err != nil {
				t.Fatal(err)
			}
			if p.Long {
				validateWords(t, k)
			} else {
				validate(t, k)
			}
		}
	}
}

func TestList(t *testing.T) {
	for i, d := range dtype.All() {
		kind := pointwise.Int
		if d == dtype.Bool {
			kind = pointwise.Bool
		} else if d.IsFloat() {
			kind = pointwise.Float
		}
		p := pointwise.New([]pointwise.Kind{kind, kind}, []pointwise.Kind{kind}, func(in, u []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{in[0].Eq(u[0]).Select(in[0], in[1]), in[1]}
		})
		s := ListSpec{Spec: pointwise.Spec{Program: p, In: []dtype.DType{d, d}, Out: []dtype.DType{d, d}}, Lanes: 8, Wide: 4 << (i % 2), Repeat: 4, Long: i%2 == 1}
		k, err := List(s)
		if err != nil {
			t.Fatal(err)
		}
		validateWords(t, k)
	}
}

func TestSlide(t *testing.T) {
	overlapping, steps := Sliding{3, 2, 1}, Sliding{3, 1, 1}
	for f := range Pool(4) {
		for _, s := range []SlideSpec{
			{Type: dtype.Float32, Sliding: overlapping, Down: overlapping, Columns: 8, Wide: true, Whole: true, Long: true, Reach: true, Lanes: 8, Repeat: 4},
			{Type: dtype.Float32, Sliding: steps, Down: steps, Columns: 8, Wide: true, Whole: true, Lanes: 8, Repeat: 4},
			{Type: dtype.BFloat16, Sliding: steps, Down: overlapping, Columns: 4, Wide: true, Deep: true, Lanes: 64, Repeat: 1},
			{Type: dtype.Float64, Sliding: overlapping, Down: Sliding{11, 4, 2}, Columns: 2, Lanes: 64, Repeat: 1},
		} {
			s.Pool = f
			k := Slide(s)
			t.Logf("%s: %d bytes", k.Key, 4*len(k.Words))
			if len(k.Words) > 25<<8 {
				t.Errorf("%s: %d bytes, want at most 25 KiB", k.Key, 4*len(k.Words))
			}
			validateWords(t, k)
		}
	}
}

func TestTurn(t *testing.T) {
	for _, s := range []TurnSpec{{1, false, false}, {2, true, true}, {3, true, false}} {
		validateWords(t, Turn(s))
	}
}

func metas(s op.Sample) []op.Meta {
	var in []op.Meta
	for _, a := range s.In {
		in = append(in, a.Meta)
	}
	return in
}

func TestFold(t *testing.T) {
	for _, o := range []*op.Op{op.Sum, op.Prod, op.AMax, op.Mean, op.Any, op.Reduce} {
		for _, s := range o.Samples(op.NewRand(1)) {
			in := metas(s)
			f := o.Fold(in, s.Attrs)
			spec := pointwise.Spec{Program: pointwise.Expand(f.Fn.Program), Out: []dtype.DType{f.Out}}
			for _, m := range in {
				spec.In = append(spec.In, m.DType)
			}
			k, err := Fold(FoldSpec{Spec: spec, By: f.By, Kept: 2, Reduced: 1, Last: true, Over: f.Over != 0})
			if err != nil {
				continue
			}
			validate(t, k)
		}
	}
}

// TestStructured validates the kernels of structured ops for each element type.
func TestStructured(t *testing.T) {
	for _, d := range dtype.All() {
		if d != dtype.Bool {
			validate(t, MatMul(d, d, 8, 2))
		}
		for _, index := range []dtype.DType{dtype.Int64, dtype.Uint8} {
			validate(t, Gather(d.Size(), index, 3, 1, false))
			validate(t, Gather(d.Size(), index, 3, 1, true))
			validate(t, Scatter(d, index, 3, 2, true))
			validate(t, Scatter(d, index, 0, 0, false))
			validate(t, ScatterLine(d, d, index, 3, 2, Combine(op.BySum)))
			validate(t, LineKeys(index))
		}
		p := Pointers{Types: []dtype.DType{dtype.Int64, dtype.Int16}, Lead: 2, Rest: 1}
		validate(t, PlaceKeys(p))
		validate(t, JoinRuns(RunSpec{From: d, To: d, By: op.BySum, Lines: 2, Lead: 1, Rest: 1}))
		validate(t, IndexGet(d.Size(), p))
		piece := p
		piece.Part = true
		validate(t, IndexGet(d.Size(), piece))
		validate(t, IndexPut(d, p, true))
		validate(t, IndexPutLine(d, d, p, true))
		validate(t, Sort(d, true))
		validate(t, SortKeys(d, true))
		validate(t, SortTake(d.Size()))
		validate(t, SearchSorted(d, true))
		validate(t, Arg(d, false))
		if d != dtype.Bool {
			validate(t, ScanPartOf(ScanTotals, ScanFirstMax, d, d, false))
			validate(t, ScanPartOf(ScanLast, ScanFirstMin, d, d, false))
		}
		if d.IsFloat() {
			for f := range ConvForm(3) {
				validate(t, Conv(f, d, d))
			}
			validate(t, MaxBack(d))
			for f := range Pool(3) {
				for i := range 4 {
					validate(t, Pooling(f, d, i&1 != 0, i&2 != 0))
				}
			}
			if d == dtype.Float64 {
				validate(t, Resize(d, d))
			} else {
				validate(t, Resize(d, dtype.Float32))
			}
			for s := range Scan(6) {
				validate(t, ScanLine(s, d, d, true))
				for p := range ScanPart(3) {
					validate(t, ScanPartOf(p, s, d, d, true))
				}
			}
		}
		validate(t, Copy(d.Size(), Places{Layouts: []Layout{Strided, Strided}, Axes: 3, Repeat: 4}))
		validateWords(t, Copy(d.Size(), Places{Layouts: []Layout{Dense, Dense}, Repeat: 2, Wide: 8, Long: true}))
		validateWords(t, Copy(d.Size(), Places{Layouts: []Layout{Strided, Dense}, Axes: 3, Rows: true, Wide: 8, Long: true, Lanes: 8, Reach: true}))
		validateWords(t, Copy(d.Size(), Places{Layouts: []Layout{Strided, Dense}, Axes: 3, Rows: true, Wide: 4, Lanes: 8, Reach: true, Near: true}))
		validate(t, Copy(d.Size(), Places{Layouts: []Layout{Along, Strided}, Axes: 3, Rows: true, Wide: 4}))
	}
}

// target is the oldest Vulkan that a kernel is for.
func target(k *Kernel) string {
	if strings.HasPrefix(k.Key, "cooperative") {
		return "vulkan1.2"
	}
	return "vulkan1.1"
}
