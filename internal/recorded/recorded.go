// Package recorded finds the data that tests compare with and that is no part
// of the repository: values recorded from PyTorch, data sets, real model files.
package recorded

import (
	"os"
	"path/filepath"
	"testing"
)

// Oracle returns the path of a file or folder recorded from PyTorch, below
// HEKLA_ORACLE or else ../shared/oracle beside the repository. Without it the
// test is skipped, but fails where CI=true.
func Oracle(t testing.TB, name string) string {
	t.Helper()
	return find(t, "HEKLA_ORACLE", "oracle", name)
}

// Data is Oracle for data sets and model files, below HEKLA_DATA or
// ../shared/data.
func Data(t testing.TB, name string) string {
	t.Helper()
	return find(t, "HEKLA_DATA", "data", name)
}

func find(t testing.TB, variable, folder, name string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared", folder)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v (required where CI=true; %s says where it is)", err, variable)
		}
		t.Skipf("%v (%s says where it is)", err, variable)
	}
	return path
}

// root returns the folder of go.mod: tests run in their package's folder.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		break
	}
	t.Fatalf("no go.mod above the test's folder (%v)", err)
	return ""
}
