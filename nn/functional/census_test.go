package functional_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// without lists layers that have no function, and why.
var without = map[string]string{
	"Sequential": "a container", "NamedSequential": "a container", "Func": "a function already", "Identity": "nothing to do", "Lazy": "makes layers", "Parametrized": "wraps layers", "Hooked": "wraps a layer",
	"RNN": "many parameters", "GRU": "many parameters", "LSTM": "many parameters", "RNNCell": "many parameters", "GRUCell": "many parameters", "LSTMCell": "many parameters",
	"MultiheadAttention": "many parameters; see ScaledDotProductAttention", "TransformerEncoderLayer": "many parameters", "TransformerEncoder": "many parameters",
	"FractionalMaxPool2d": "FractionalMaxPool", "FractionalMaxPool3d": "FractionalMaxPool", "AdaptiveLogSoftmaxWithLoss": "many parameters",
	"SyncBatchNorm": "needs a Reducer", "Flatten": "Tensor.Flatten", "Unflatten": "Tensor.Unflatten",
	"AlphaDropout": "needs a stream of numbers; Dropout shows how", "FeatureDropout": "needs a stream of numbers; Dropout shows how",
	"Upsample": "Interpolate", "ConstantPad": "Pad", "ReflectionPad": "Pad", "ReplicationPad": "Pad", "CircularPad": "Pad",
	"MaxUnpool1d": "MaxUnpool", "MaxUnpool2d": "MaxUnpool", "MaxUnpool3d": "MaxUnpool",
}

// TestTwins checks that each layer of nn has a function of its name.
func TestTwins(t *testing.T) {
	layers, functions := map[string]bool{}, map[string]bool{}
	declared(t, "..", func(f *ast.FuncDecl) {
		if f.Name.Name != "Forward" || f.Recv == nil {
			return
		}
		r := f.Recv.List[0].Type
		if p, ok := r.(*ast.StarExpr); ok {
			r = p.X
		}
		if id, ok := r.(*ast.Ident); ok && id.IsExported() {
			layers[id.Name] = true
		}
	})
	declared(t, ".", func(f *ast.FuncDecl) { functions[f.Name.Name] = true })
	if len(layers) < 60 {
		t.Fatalf("%d layers found, want more", len(layers))
	}
	for l := range layers {
		if !functions[l] && without[l] == "" {
			t.Errorf("layer %s has no function", l)
		}
	}
	for l := range without {
		if !layers[l] {
			t.Errorf("%s is no layer", l)
		}
	}
}

func declared(t *testing.T, dir string, f func(f *ast.FuncDecl)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				f(fn)
			}
		}
	}
}
