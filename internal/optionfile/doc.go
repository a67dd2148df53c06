// Package optionfile reads Airflow's options from the files in which people keep them, with the place of each, and changes them there.
//
// [Parse] takes a file in any of the [Format]s; [Detect] says whether a text is one of them. A [File] holds its [Setting]s in the order
// of the file. [File.Place] turns an offset in a setting's value into line and column, through whatever quoting the file has;
// [File.Rename], [File.Set], [File.Remove] and [File.Add] return the edit that changes one setting and leaves every other byte as it is.
//
// Values can be secret. Nothing here prints them, and no error quotes them.
package optionfile
