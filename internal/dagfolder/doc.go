// Package dagfolder lists the files of DAG folders as Airflow does: what .airflowignore names is left out, links are followed, archives are
// looked into. [Find] lists, [File.Read] reads, and [Folder.Scanners] find what a
// file imports.
package dagfolder
