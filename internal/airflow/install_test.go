//go:build unix

package airflow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakes are programs in a PATH of its own: a Python of a version, uv, and the airflow that they would install. Each notes how it was called.
type fakes struct {
	dir   string
	cache *Cache
	said  []string
}

const fakePython = `#!/bin/sh
echo "python $*" >>"$FAKES/calls"
case "$1 $2" in
"-c "*) echo "VERSION $0" ;;
"-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$FAKES/airflow" "$3/bin/airflow" ;;
"-m pip")
	[ ! -e "$FAKES/broken" ] || { echo "no matching distribution"; exit 1; }
	case "$*" in *"--target "*" uv=="*)
		[ -e "$FAKES/uv" ] || exit 1
		while [ "$1" != --target ]; do shift; done
		mkdir -p "$2/bin"; cp "$FAKES/uv" "$2/bin/uv"
	esac
	;;
esac
`

const fakeUV = `#!/bin/sh
echo "uv $*" >>"$FAKES/calls"
case "$1" in
--version) echo uv 1 ;;
venv) for last; do :; done; mkdir -p "$last/bin"; cp "$4" "$last/bin/python"; cp "$FAKES/airflow" "$last/bin/airflow" ;;
pip)
	case "$*" in *--offline*) [ -e "$FAKES/cached" ] || exit 1 ;; esac
	[ ! -e "$FAKES/unreachable" ] || exit 1
	[ ! -e "$FAKES/broken" ] || { echo "no solution found"; exit 1; }
	;;
esac
`

// fakeAirflow makes the metastore that its URL names.
const fakeAirflow = `#!/bin/sh
echo "airflow $*" >>"${0%/bin/airflow}.calls"
[ "$1 $2" != "db migrate" ] || touch "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN#sqlite:///}"
`

func newFakes(t *testing.T, python string, uv bool) *fakes {
	t.Helper()
	f := &fakes{dir: t.TempDir()}
	f.write(t, "airflow", fakeAirflow)
	if python != "" {
		f.write(t, "bin/python"+python, strings.ReplaceAll(fakePython, "VERSION", python))
	}
	if uv {
		f.write(t, "bin/uv", fakeUV)
	}
	f.cache = &Cache{
		Dir: filepath.Join(f.dir, "cache"), Said: func(line string) { f.said = append(f.said, line) },
		Environ: []string{
			"PATH=" + filepath.Join(f.dir, "bin") + ":/usr/bin:/bin", "HOME=" + f.dir, "FAKES=" + f.dir,
			"AWS_SECRET_ACCESS_KEY=caller", "VIRTUAL_ENV=/elsewhere",
		},
	}
	return f
}

func (f *fakes) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// calls returns how the programs were called since the last time.
func (f *fakes) calls(t *testing.T) []string {
	t.Helper()
	name := filepath.Join(f.dir, "calls")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	_ = os.Remove(name)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func (f *fakes) install(t *testing.T, version, requirements string) *Installed {
	t.Helper()
	i, err := f.cache.Install(t.Context(), version, requirements)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{i.Python(), i.metastore()} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	return i
}

func TestInstallOnce(t *testing.T) {
	for name, test := range map[string]struct {
		uv    bool     // on the machine
		files []string // that the fakes look for
		want  string   // of the call that installs
	}{
		"uv":                                     {true, nil, "uv pip install --python"},
		"uv, which pip brings":                   {false, []string{"uv"}, "uv pip install --python"},
		"pip":                                    {false, nil, "python -m pip install --disable-pip-version-check --progress-bar off a2wsgi=="},
		"pip, as uv does not reach the packages": {false, []string{"uv", "unreachable"}, "python -m pip install --disable-pip-version-check --progress-bar off a2wsgi=="},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakes(t, "3.12", test.uv)
			for _, file := range test.files {
				f.write(t, file, fakeUV)
			}
			first := f.install(t, "3.3.1", "")
			if calls := f.calls(t); !slices.ContainsFunc(calls, func(c string) bool {
				return strings.HasPrefix(c, test.want) && strings.Contains(c, " apache-airflow==3.3.1 ")
			}) {
				t.Errorf("not as wanted: %.400q", calls)
			}
			f.cache.Environ = nil // no PATH, no network: what is there is enough
			again := f.install(t, "3.3.1", "")
			if again.Dir != evaluated(t, first.Dir) || len(f.calls(t)[0]) > 0 {
				t.Errorf("%s, then %s", first.Dir, again.Dir)
			}
		})
	}
}

// What pip has brought serves the next version too.
func TestUVIsBroughtOnce(t *testing.T) {
	f := newFakes(t, "3.12", false)
	f.write(t, "uv", fakeUV)
	f.install(t, "3.3.1", "")
	f.calls(t)
	f.install(t, "3.0.6", "")
	if calls := strings.Join(f.calls(t), "\n"); strings.Contains(calls, " pip install --disable") || !strings.Contains(calls, "uv pip install") {
		t.Errorf("it was not the uv in the cache:\n%s", calls)
	}
	if left, _ := filepath.Glob(filepath.Join(f.cache.Dir, "uv-*")); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}

func evaluated(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInstallFromWhatUVKeeps(t *testing.T) {
	f := newFakes(t, "3.11", true)
	f.write(t, "cached", "")
	f.install(t, "2.10.3", "")
	var installs []string
	for _, call := range f.calls(t) {
		if strings.HasPrefix(call, "uv pip") {
			installs = append(installs, call)
		}
	}
	if len(installs) != 1 || !strings.Contains(installs[0], "--offline") {
		t.Errorf("the network was asked: %q", installs)
	}
	if !strings.HasSuffix(installs[0], " "+strings.Join(Pins("2.10.3"), " ")) {
		t.Errorf("other pins: %s", installs[0])
	}
}

// A failed run says what uv said, and leaves nothing that a later one takes for whole; what a killed one left goes away.
func TestInstallFails(t *testing.T) {
	f := newFakes(t, "3.12", true)
	f.write(t, "broken", "")
	_, err := f.cache.Install(t.Context(), "3.3.1", "")
	if err == nil || !strings.Contains(err.Error(), "no solution found") {
		t.Fatalf("got %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(f.cache.Dir, "*"))
	if len(left) != 1 || !strings.HasSuffix(left[0], ".lock") {
		t.Errorf("left: %q", left)
	}
	killed := strings.TrimSuffix(left[0], "lock") + "ABCDEFGH"
	if err := os.Mkdir(killed, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(f.dir, "broken")); err != nil {
		t.Fatal(err)
	}
	f.install(t, "3.3.1", "")
	if _, err := os.Stat(killed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed run left is there: %v", err)
	}
}

func TestInstallRequirements(t *testing.T) {
	for requirements, constrained := range map[string]bool{
		"pandas\n":                      true,
		"-c mine.txt\npandas\n":         false,
		"--constraint \"x\"\npandas==2": false,
		"# -c is not here\npandas":      true,
	} {
		f := newFakes(t, "3.12", true)
		base := f.install(t, "3.3.1", "")
		f.calls(t)
		i := f.install(t, "3.3.1", requirements)
		calls := strings.Join(f.calls(t), "\n")
		with := strings.Contains(calls, "-r "+filepath.Join(i.Dir, "requirements.txt")+" -c "+filepath.Join(i.Dir, "pins.txt"))
		if with != constrained || i.Dir == base.Dir {
			t.Errorf("%q: under the image's pins: %v\n%s", requirements, with, calls)
		}
	}
}

func TestNoPython(t *testing.T) {
	f := newFakes(t, "3.9", true)
	f.cache.Environ = []string{"PATH=" + filepath.Join(f.dir, "bin"), "HOME=" + f.dir}
	_, err := f.cache.Install(t.Context(), "2.10.3", "")
	var missing *NoPythonError
	if !errors.As(err, &missing) || missing.Python != "3.11" || !strings.Contains(missing.Hint(), "uv python install 3.11") {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), filepath.Join(f.dir, ".pyenv", "versions")) {
		t.Errorf("does not say where it looked: %v", err)
	}
}

func TestPythonOfVersionManagers(t *testing.T) {
	for name, place := range map[string]string{
		"pyenv": ".pyenv/versions/3.12.1/bin/python3.12",
		"uv":    ".local/share/uv/python/cpython-3.12.9-linux-x86_64-gnu/bin/python3.12",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakes(t, "", true)
			f.write(t, "bin/python3.12", "#!/bin/sh\nexit 127\n") // a shim that leads nowhere
			f.write(t, place, strings.ReplaceAll(fakePython, "VERSION", "3.12"))
			got, err := f.cache.findPython(t.Context(), "3.3.1")
			if err != nil || got != filepath.Join(f.dir, place) {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestInstallIsInterrupted(t *testing.T) {
	f := newFakes(t, "3.12", true)
	ctx, cancel := context.WithCancel(t.Context())
	f.cache.Said = func(string) { cancel() }
	if _, err := f.cache.Install(ctx, "3.3.1", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
