package layers

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Noun is an exported type of a package.
type Noun struct {
	Package string // its folder from the root, with slashes
	Name    string
}

func (n Noun) String() string { return n.Package + "." + n.Name }

// Unshown returns the exported types of the module at root that no Example
// shows. Internal packages, programs and what Check does not look at are left
// out.
//
// An Example is a function of go test's with an output that says something. It
// shows a type if it is named for it, for one of its methods or for a function
// that returns it; or if its code, with the types of its file that it uses,
// names the type or such a function, or calls a method of the type's own name,
// as b.Conv2d(...) is for Conv2d. So one Example may show a family.
func Unshown(root, module string) ([]Noun, error) {
	var found []Noun
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		if rel != "." && (d.Name() == "internal" || rel == "cmd" || rel == "examples" || skipped(dir, d.Name())) {
			return filepath.SkipDir
		}
		rel = filepath.ToSlash(rel)
		names, err := unshown(dir, path.Join(module, rel))
		for _, name := range names {
			found = append(found, Noun{rel, name})
		}
		return err
	})
	return found, err
}

// unshown does one package, the one that is imported as importPath.
func unshown(dir, importPath string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var sources, tests []*ast.File
	for _, p := range paths {
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		switch {
		case err != nil:
			return nil, err
		case ignored(f):
		case strings.HasSuffix(p, "_test.go"):
			tests = append(tests, f)
		default:
			sources = append(sources, f)
		}
	}
	if len(sources) == 0 || sources[0].Name.Name == "main" {
		return nil, nil
	}
	pkg, err := doc.NewFromFiles(fset, sources, importPath)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	s := shown{map[string]bool{}, map[string]bool{}}
	for _, f := range tests {
		for _, e := range doc.Examples(f) {
			if e.Output != "" {
				s.example(e, localName(f, pkg.Name, importPath))
			}
		}
	}
	made := map[string]bool{} // by a method of the same name
	for _, t := range pkg.Types {
		for _, m := range t.Methods {
			made[m.Name] = made[m.Name] || returns(m.Decl, m.Name)
		}
	}
	var names []string
	for _, t := range pkg.Types {
		is := func(f *doc.Func) bool { return s.named[f.Name] }
		has := func(f *doc.Func) bool { return s.named[t.Name+"_"+f.Name] }
		if s.named[t.Name] || made[t.Name] && s.called[t.Name] ||
			slices.ContainsFunc(t.Funcs, is) || slices.ContainsFunc(t.Methods, has) {
			continue
		}
		names = append(names, t.Name)
	}
	return names, nil
}

// localName returns what a file of tests calls a package, nothing if it is of
// the package itself.
func localName(f *ast.File, name, importPath string) string {
	if f.Name.Name == name {
		return ""
	}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && p == importPath && spec.Name != nil {
			return spec.Name.Name
		}
	}
	return name
}

// returns reports whether a function's results have a type or a pointer to it.
func returns(f *ast.FuncDecl, name string) bool {
	if f.Type.Results == nil {
		return false
	}
	return slices.ContainsFunc(f.Type.Results.List, func(r *ast.Field) bool {
		t := r.Type
		if p, ok := t.(*ast.StarExpr); ok {
			t = p.X
		}
		id, ok := t.(*ast.Ident)
		return ok && id.Name == name
	})
}

// shown collects what the Examples of a package show.
type shown struct {
	named  map[string]bool // types and functions; methods as Type_Method
	called map[string]bool // methods, of whatever type
}

// example adds an Example of a file in which the package goes by a name.
func (s shown) example(e *doc.Example, pkg string) {
	name, rest, _ := strings.Cut(e.Name, "_")
	method, _, _ := strings.Cut(rest, "_")
	s.named[name], s.named[name+"_"+method] = true, true
	code := e.Code
	if e.Play != nil { // the body with what it uses of its file
		code = e.Play
	}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if pkg == "" {
				s.named[n.Name] = true
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == pkg {
				s.named[n.Sel.Name] = true
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				s.called[f.Sel.Name] = true
			}
		}
		return true
	})
}
