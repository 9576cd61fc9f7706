//go:build linux && (amd64 || arm64)

package fakecuda

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// TestCompile gives drivers and GPUs PTX that is newer than they are.
func TestCompile(t *testing.T) {
	for _, l := range []struct {
		why                                    string
		driver, major, version, sm, parameters int
		want                                   uint32
		says                                   string
	}{
		{"all of an age", 9000, 50, 60, 50, 8, success, ""},
		{"PTX newer than the driver", 9000, 50, 61, 50, 8, unsupportedPTX, "unsupported .version 6.1"},
		{"PTX newer than the driver", 11000, 80, 71, 80, 8, unsupportedPTX, "unsupported .version 7.1"},
		{"the newest PTX of a driver", 11010, 80, 71, 80, 8, success, ""},
		{"PTX that nobody has", 13000, 90, 99, 90, 8, unsupportedPTX, "unsupported .version 9.9"},
		{"a newer GPU's", 12020, 70, 70, 80, 8, invalidPTX, "SM version specified by .target sm_80 is higher"},
		{"a newer GPU's", 12020, 80, 78, 89, 8, invalidPTX, "SM version specified by .target sm_89 is higher"},
		{"this GPU's", 12020, 89, 78, 89, 8, success, ""},
		{"an older GPU's", 12020, 90, 70, 80, 8, success, ""},
		{"a target newer than its PTX", 12020, 90, 63, 80, 8, invalidPTX, "requires .version 7.0"},
		{"4 KiB of parameters", 12020, 90, 70, 80, 4096, success, ""},
		{"more parameters", 12020, 90, 70, 80, 4104, invalidPTX, "parameter space overflowed"},
	} {
		c := open(t, &Machine{Version: l.driver, Major: l.major / 10, Minor: l.major % 10})
		ptx := fmt.Sprintf(".version %d.%d\n.target sm_%d\n.address_size 64\n.visible .entry k(.param .align 8 .b8 a[%d]) {\nret;\n}\n", l.version/10, l.version%10, l.sm, l.parameters)
		log := &[64]byte{}
		keys, values := &[2]uint32{errorLog, errorLogSize}, &[2]uintptr{at(log), 60}
		log[60] = '!'
		c.want(l.want, "cuModuleLoadDataEx", at(new(uintptr)), text(ptx), 2, at(keys), at(values))
		if s, _, _ := strings.Cut(string(log[:]), "\x00"); !strings.Contains(s, l.says[:min(len(l.says), 20)]) || log[60] != '!' {
			t.Errorf("%s: the log says %q, want %q", l.why, s, l.says)
		}
		*log = [64]byte{}
		state := new(uintptr)
		c.want(success, "cuLinkCreate_v2", 2, at(keys), at(values), at(state))
		c.want(l.want, "cuLinkAddData_v2", *state, 1, text(ptx), uintptr(len(ptx)+1), 0, 0, 0, 0)
		if s, _, _ := strings.Cut(string(log[:]), "\x00"); !strings.Contains(s, l.says[:min(len(l.says), 20)]) {
			t.Errorf("%s: the linker's log says %q, want %q", l.why, s, l.says)
		}
		c.want(success, "cuLinkDestroy", *state)
		c.want(invalidHandle, "cuLinkDestroy", *state)
	}
}

// TestLinkedImage: what was compiled for one GPU does not run on another kind, and goes
// with the linker's state.
func TestLinkedImage(t *testing.T) {
	c := open(t, &Machine{Major: 8, Minor: 6})
	state, image, size := new(uintptr), new(unsafe.Pointer), new(uintptr)
	link := func() string {
		c.want(success, "cuLinkCreate_v2", 0, 0, 0, at(state))
		c.want(invalidHandle, "cuLinkComplete", *state, at(image), at(size))
		c.want(invalidValue, "cuLinkAddData_v2", *state, 1, text(nothing), uintptr(len(nothing)), 0, 0, 0, 0)
		c.want(success, "cuLinkAddData_v2", *state, 1, text(nothing), uintptr(len(nothing)+1), 0, 0, 0, 0)
		c.want(success, "cuLinkComplete", *state, at(image), at(size))
		return cString((*byte)(*image))
	}
	kept := link()
	if m := c.word("cuModuleLoadData", text(kept)); m == 0 {
		t.Error("no module")
	}
	c.want(success, "cuLinkDestroy", *state)
	if s := cString((*byte)(*image)); s != "" {
		t.Errorf("the image is still there: %q", s)
	}
	for gpu, want := range map[int]uint32{75: noBinary, 80: noBinary, 86: success, 89: success, 90: noBinary} {
		open(t, &Machine{Major: gpu / 10, Minor: gpu % 10}).want(want, "cuModuleLoadData", at(new(uintptr)), text(kept))
	}
}

// TestModules: functions go with their module, and handles that are none are refused.
func TestModules(t *testing.T) {
	c := open(t, &Machine{})
	m := c.word("cuModuleLoadData", text(nothing))
	f := c.word("cuModuleGetFunction", m, text("k"))
	if g := c.word("cuModuleGetFunction", m, text("k")); g != f {
		t.Errorf("a second function %#x, want %#x", g, f)
	}
	c.want(notFound, "cuModuleGetFunction", at(new(uintptr)), m, text("l"))
	one := [3]uintptr{1, 1, 1}
	if r := c.launch(f, one, one, 0); r != success {
		t.Error(r)
	}
	c.want(success, "cuModuleUnload", m)
	if r := c.launch(f, one, one, 0); r != invalidHandle {
		t.Errorf("launch of a function of an unloaded module: %d", r)
	}
	c.want(invalidHandle, "cuModuleUnload", m)
	c.want(invalidHandle, "cuModuleGetFunction", at(new(uintptr)), m, text("k"))
	c.want(invalidHandle, "cuFuncSetAttribute", f, maxDynamic, 0)
}
