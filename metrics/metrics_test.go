package metrics_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/tensor"
)

func floats(shape []int, x ...float64) *tensor.Tensor { return tensor.From(tensor.CPU(), x, shape...) }
func ints(x ...int64) *tensor.Tensor                  { return tensor.From(tensor.CPU(), x) }

// Values are exact fractions, or of scikit-learn where it says so.
func TestValues(t *testing.T) {
	nan := math.NaN()
	scores := floats([]int{4, 3}, .1, .5, .4, .7, .2, .1, .3, .3, .3, .2, nan, .5)
	right, guess := ints(2, 0, 2, 2, 0, 1), ints(0, 0, 2, 2, 0, 2)
	for _, c := range []struct {
		name         string
		m            metrics.Metric
		pred, target *tensor.Tensor
		want         float64
	}{
		{"top 1", &metrics.Accuracy{}, scores, ints(1, 0, 0, 1), 1}, // the first of equal ones, and NaN
		{"top 1", &metrics.Accuracy{}, scores, ints(2, 0, 1, 2), 0.25},
		{"top 2", &metrics.Accuracy{K: 2}, scores, ints(2, 2, 1, 2), 0.75},
		{"top 2", &metrics.Accuracy{K: 2}, scores, ints(0, 1, 2, 0), 0.25},
		{"top 3", &metrics.Accuracy{K: 3}, scores, ints(0, 2, 2, 0), 1},
		{"two axes", &metrics.Accuracy{}, floats([]int{1, 2, 2}, 1, 0, 0, 1), tensor.From(tensor.CPU(), []int64{0, 0}, 1, 2), 0.5},
		{"two axes, top 2", &metrics.Accuracy{K: 2}, floats([]int{1, 3, 2}, 1, 0, 0, 1, 2, 2), tensor.From(tensor.CPU(), []int64{0, 0}, 1, 2), 0.5},
		{"confusion", &metrics.Confusion{}, guess, right, 4. / 6},
		{"confusion of scores", &metrics.Confusion{}, scores, ints(1, 0, 1, 1), 0.75},
		// python3 -c "from sklearn.metrics import f1_score as f; print(f([0,1,2,0,1,2],[0,2,1,0,0,1],average=A))"
		{"F1 macro", &metrics.F1{}, ints(0, 2, 1, 0, 0, 1), ints(0, 1, 2, 0, 1, 2), (0.8 + 0 + 0) / 3},
		{"F1 micro", &metrics.F1{Average: metrics.Micro}, ints(0, 2, 1, 0, 0, 1), ints(0, 1, 2, 0, 1, 2), 2. / 6},
		{"F1 weighted", &metrics.F1{Average: metrics.Weighted}, ints(0, 0, 1, 1, 1, 1), ints(0, 0, 0, 1, 1, 2), (3*0.8 + 2*2./3) / 6},
		{"F1 of classes that occur", &metrics.F1{}, ints(5, 0), ints(5, 0), 1},
		// The example of sklearn.metrics.roc_auc_score.
		{"AUROC", &metrics.AUROC{}, floats([]int{4}, .1, .4, .35, .8), ints(0, 0, 1, 1), 0.75},
		{"AUROC of equal scores", &metrics.AUROC{}, floats([]int{4}, 1, 1, 1, 1), ints(0, 1, 1, 1), 0.5},
		{"AUROC with ties", &metrics.AUROC{}, floats([]int{5}, 1, 2, 2, 3, 2), ints(0, 0, 1, 1, 1), (1 + .5 + 1 + 1 + 1 + .5) / 6},
		{"AUROC of one class", &metrics.AUROC{}, floats([]int{2}, 1, 2), ints(1, 1), nan},
		{"AUROC of three", &metrics.AUROC{}, floats([]int{4, 3}, 5, 1, 0, 1, 5, 0, 0, 1, 5, 1, 2, 0), ints(0, 1, 2, 0), (3.5/4 + 1 + 1) / 3},
		{"perplexity of guessing", &metrics.Perplexity{}, floats([]int{2, 4}, 0, 0, 0, 0, 7, 7, 7, 7), ints(1, 3), 4},
		{"perplexity", &metrics.Perplexity{}, floats([]int{2, 2}, math.Log(1), math.Log(3), math.Log(2), math.Log(2)), ints(0, 1), math.Sqrt(4 * 2)},
		{"perplexity with padding", &metrics.Perplexity{}, floats([]int{2, 2}, math.Log(1), math.Log(3), 0, 9), ints(0, -100), 4},
	} {
		if v := c.m.Value(); !math.IsNaN(v) {
			t.Errorf("%s of nothing: %v, want NaN", c.name, v)
		}
		for range 2 { // the same once more changes none of these
			c.m.Update(c.pred, c.target)
			// 1e-15: some sums are of fractions that binary numbers round.
			if got := c.m.Value(); math.Abs(got-c.want) > 1e-15*4 && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		b, err := json.Marshal(c.m)
		value := c.m.Value()
		c.m.Reset()
		if v := c.m.Value(); !math.IsNaN(v) {
			t.Errorf("%s after Reset: %v, want NaN", c.name, v)
		}
		if err == nil {
			err = json.Unmarshal(b, c.m)
		}
		if v := c.m.Value(); err != nil || v != value && !math.IsNaN(value) {
			t.Errorf("%s: %v after a round through JSON, %v, want %v", c.name, v, err, value)
		}
	}
}

func TestConfusion(t *testing.T) {
	var c metrics.Confusion
	// The example of sklearn.metrics.confusion_matrix.
	c.Update(ints(0, 0, 2, 2, 0, 2), ints(2, 0, 2, 2, 0, 1))
	if got := fmt.Sprint(c.Counts); got != "[[2 0 0] [0 0 1] [1 0 2]]" {
		t.Errorf("counts %v", got)
	}
	if p, r, f := c.Precision(0), c.Recall(2), c.F1(1); p != 2./3 || r != 2./3 || f != 0 {
		t.Errorf("precision %v, recall %v, F1 %v", p, r, f)
	}
}

func TestMisuse(t *testing.T) {
	x := floats([]int{2, 3}, 1, 2, 3, 4, 5, 6)
	for _, c := range []struct {
		m            metrics.Metric
		pred, target *tensor.Tensor
		want         string
	}{
		{&metrics.Accuracy{}, x, ints(1, 2, 0), "metrics.accuracy of float64[2 3], int64[3]"},
		{&metrics.Accuracy{}, x, x, "of integers"},
		{&metrics.Accuracy{K: 2}, x, ints(1, 3), "class 3 at place 1, want 0 to 2"},
		{&metrics.Accuracy{}, x, ints(1, 3), "1 of the classes are not from 0 to 2"},
		{&metrics.Accuracy{}, x, ints(-1, 3), "2 of the classes"},
		{&metrics.Confusion{}, ints(1), ints(1, 2), "of one shape"},
		{&metrics.Confusion{}, ints(1, 2).Reshape(2, 1), ints(1, 2).Reshape(1, 2), "of one shape"},
		{&metrics.Confusion{}, ints(1), floats([]int{1}, math.NaN()), "integers"},
		{&metrics.Confusion{}, ints(1), ints(-1), "class -1"},
		{&metrics.AUROC{}, floats([]int{1}, 1), ints(2), "want 0 or 1"},
		{&metrics.AUROC{}, x, ints(0, 7), "class 7"},
		{&metrics.Perplexity{}, floats([]int{1}, 1), ints(0), "want scores"},
	} {
		err := tensor.Try(func() error { c.m.Update(c.pred, c.target); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: error %v, want %q", c.m, err, c.want)
		}
	}
}

// Updates leave no memory behind and record nothing.
func TestNothingIsKept(t *testing.T) {
	tensor.CheckLeaks(t, tensor.CPU())
	scores := tensor.Ones(tensor.CPU(), dtype.Float32, 3, 4).SetRequiresGrad(true)
	classes := ints(0, 1, 2)
	defer scores.Free()
	defer classes.Free()
	for _, m := range []metrics.Metric{&metrics.Accuracy{}, &metrics.Accuracy{K: 2}, &metrics.F1{}, &metrics.AUROC{}, &metrics.Perplexity{}} {
		m.Update(scores, classes)
	}
}

func Example() {
	scores := tensor.From(tensor.CPU(), []float32{0.1, 0.9, 0.8, 0.2, 0.3, 0.7}, 3, 2)
	classes := tensor.From(tensor.CPU(), []int64{1, 0, 0})
	var acc metrics.Accuracy
	var c metrics.Confusion
	acc.Update(scores, classes)
	c.Update(scores, classes)
	fmt.Printf("%.2f\n%v", acc.Value(), &c)
	// Output:
	// 0.67
	//   0 1
	// 0 1 1
	// 1 0 1
}

func ExampleAccuracy() {
	top2 := &metrics.Accuracy{K: 2}
	top2.Update(floats([]int{2, 3}, .5, .3, .2, .1, .2, .7), ints(1, 0))
	fmt.Println(top2.Value())
	// Output: 0.5
}

func ExampleF1() {
	f := &metrics.F1{Average: metrics.Macro}
	f.Update(ints(0, 2, 1, 0, 0, 1), ints(0, 1, 2, 0, 1, 2))
	fmt.Printf("%.4f\n", f.Value())
	// Output: 0.2667
}

func ExampleAUROC() {
	var a metrics.AUROC
	a.Update(floats([]int{4}, .1, .4, .35, .8), ints(0, 0, 1, 1))
	fmt.Println(a.Value())
	// Output: 0.75
}

func ExamplePerplexity() {
	var p metrics.Perplexity
	p.Update(floats([]int{1, 4}, 0, 0, 0, 0), ints(2)) // as good as guessing one of 4
	fmt.Printf("%.4f\n", p.Value())
	// Output: 4.0000
}

func ExampleMean() {
	var loss metrics.Mean
	loss.Add(1, 64)
	loss.Add(2, 32) // a smaller last batch
	fmt.Printf("%.4f\n", loss.Value())
	// Output: 1.3333
}

func ExampleConfusion() {
	var c metrics.Confusion
	c.Update(ints(0, 0, 2, 2, 0, 2), ints(2, 0, 2, 2, 0, 1)) // predicted, right
	fmt.Printf("%.3f %.3f %.3f\n", c.Precision(0), c.Recall(2), c.Value())
	// Output: 0.667 0.667 0.667
}
