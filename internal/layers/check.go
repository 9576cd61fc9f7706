package layers

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Violation is an import, or a package, that the table forbids.
type Violation struct {
	File string // relative to the root, with slashes
	Line int
	Text string
}

func (v Violation) String() string { return fmt.Sprintf("%s:%d: %s", v.File, v.Line, v.Text) }

// Check reads the imports of all packages of the module at root and returns
// what the table forbids. It reads the source for all systems, whatever the
// build constraints, except what "ignore" keeps from all. Nested modules and
// testdata folders are not looked at.
func Check(root, module string, table []Room) ([]Violation, error) {
	c := &checker{module: module, table: table}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && skipped(file, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasPrefix(d.Name(), "_") || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		return c.file(file, rel)
	})
	return c.found, err
}

// skipped reports whether the go command does not look into a folder.
func skipped(dir, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

type checker struct {
	module string
	table  []Room
	found  []Violation
}

func (c *checker) file(name, rel string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	if ignored(f) {
		return nil
	}
	report := func(at token.Pos, format string, args ...any) {
		c.found = append(c.found, Violation{rel, fset.Position(at).Line, fmt.Sprintf(format, args...)})
	}
	pkg := path.Dir(rel)
	from := c.room(pkg)
	if from < 0 {
		report(f.Package, "package %s is in no room: add it to the table in internal/layers/table.go, above what shall import it", pkg)
		return nil
	}
	who := user{room: c.table[from], at: from, test: strings.HasSuffix(rel, "_test.go"), program: f.Name.Name == "main"}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if text := c.forbids(who, imported); text != "" {
			report(spec.Pos(), "%s", text)
		}
	}
	return nil
}

// A user is what imports.
type user struct {
	room          Room
	at            int // of the room in the table
	test, program bool
}

// forbids says why an import is forbidden, or nothing.
func (c *checker) forbids(who user, imported string) string {
	inner, ours := strings.CutPrefix(imported, c.module+"/")
	switch {
	case imported == c.module:
		inner, ours = ".", true
	case !ours && !foreign(imported):
		return "" // the standard library
	case !ours:
		list := who.room.Foreign
		if who.test {
			list = append(slices.Clip(list), who.room.Tests...)
		}
		if slices.ContainsFunc(list, func(p string) bool { return under(imported, p) }) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s: from elsewhere it may import %s", who.room.Path, imported, orNothing(list))
	}
	to := c.room(inner)
	switch {
	case to < 0:
		return fmt.Sprintf("%s imports %s, which is in no room of internal/layers/table.go", who.room.Path, inner)
	case to == who.at, who.test, who.program, who.room.Free:
		return ""
	case who.room.May != nil:
		if slices.Contains(who.room.May, strings.TrimSuffix(c.table[to].Path, "/...")) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s: it may import %s", who.room.Path, inner, orNothing(who.room.May))
	case c.table[to].Driver:
		return fmt.Sprintf("%s may not import %s: drivers are for programs and tests; take a backend.Device", who.room.Path, inner)
	case to > who.at:
		return fmt.Sprintf("%s may not import %s, which stands below it in internal/layers/table.go", who.room.Path, inner)
	}
	return ""
}

// room returns the row of the table that a package belongs to, the one with
// the longest path, or -1.
func (c *checker) room(pkg string) int {
	best, length := -1, -1
	for i, r := range c.table {
		base, all := strings.CutSuffix(r.Path, "/...")
		fits := pkg == base || all && under(pkg, base) || under(pkg, base+"/internal")
		if fits && len(base) > length {
			best, length = i, len(base)
		}
	}
	return best
}

// under reports whether p is dir or lies in it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// foreign reports whether an import that is not ours is from outside of the
// standard library, as cgo is.
func foreign(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return imported == "C" || strings.Contains(first, ".")
}

func orNothing(l []string) string {
	if len(l) == 0 {
		return "nothing"
	}
	return "only " + strings.Join(l, ", ")
}

// ignored reports whether a file's build constraint asks for the tag "ignore",
// which nobody sets.
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() > f.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			if x, err := constraint.Parse(c.Text); err == nil && wantsIgnore(x) {
				return true
			}
		}
	}
	return false
}

func wantsIgnore(x constraint.Expr) bool {
	switch x := x.(type) {
	case *constraint.TagExpr:
		return x.Tag == "ignore"
	case *constraint.AndExpr:
		return wantsIgnore(x.X) || wantsIgnore(x.Y)
	case *constraint.OrExpr:
		return wantsIgnore(x.X) && wantsIgnore(x.Y)
	}
	return false
}
