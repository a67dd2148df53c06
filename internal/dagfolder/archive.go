package dagfolder

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path"
	"strings"
)

// magic is how an archive begins: with a file, or with its end where it has none.
var magic = []string{"PK\x03\x04", "PK\x05\x06"}

// archive adds the Python files of an archive, which Airflow knows by what is in it, whatever it is called: those at its top may be DAG files,
// the others can be imported (airflow/models/dagbag.py, _load_modules_from_zip). It reports whether the file is one.
func (f *Folder) archive(name string) (bool, error) {
	is, err := looksZipped(name)
	if !is || err != nil {
		return false, err
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return false, nil //nolint:nilerr // it only begins as an archive does: Airflow passes it over
	}
	f.archives, f.zipped = append(f.archives, archive), append(f.zipped, name)
	for _, entry := range archive.File {
		if strings.HasSuffix(entry.Name, ".py") {
			in := strings.TrimPrefix(path.Dir("/"+entry.Name), "/")
			f.Files = append(f.Files, File{Name: name + "/" + entry.Name, Package: dotted(in), archive: archive, path: entry.Name})
		}
	}
	return true, nil
}

func looksZipped(name string) (bool, error) {
	file, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	begin := make([]byte, len(magic[0]))
	if _, err := io.ReadFull(file, begin); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return false, err
	}
	return string(begin) == magic[0] || string(begin) == magic[1], nil
}
