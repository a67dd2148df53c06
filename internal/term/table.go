package term

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
)

// Cell is one field of a table.
type Cell struct {
	Text  string
	Style Style
}

// Cells returns plain cells.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Table is rows whose columns line up, two spaces apart, each as wide as its widest cell. Where Out has a width, the last column
// breaks its lines to fit. The zero value is an empty table without a heading.
type Table struct {
	Heading []string // column names, shown faint; nil means none
	Indent  int      // columns of space before each row
	rows    [][]Cell
}

// Row adds a row. Rows may have fewer cells than others.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

// Len returns the number of rows, without the heading.
func (t *Table) Len() int { return len(t.rows) }

// gap is the space between two columns.
const gap = 2

// Table writes the table to Out. A table without rows writes nothing.
func (t *Terminal) Table(table *Table) {
	if table.Len() > 0 {
		fmt.Fprint(t.Out, table.render(t.Width, t.Colour))
	}
}

func (t *Table) render(width int, colour bool) string {
	rows := t.rows
	if t.Heading != nil {
		heading := Cells(t.Heading...)
		for i := range heading {
			heading[i].Style = Faint
		}
		rows = append([][]Cell{heading}, rows...)
	}
	widths := columnWidths(rows)
	last := len(widths) - 1
	if width > 0 {
		before := t.Indent
		for _, w := range widths[:last] {
			before += w + gap
		}
		widths[last] = min(widths[last], max(width-before, narrowest/2))
	}
	var b strings.Builder
	for _, row := range rows {
		renderRow(&b, row, widths, t.Indent, width > 0, colour)
	}
	return b.String()
}

// columnWidths returns each column's width in terminal cells, which for East Asian text is not its number of characters.
func columnWidths(rows [][]Cell) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(Clean(cell.Text)))
		}
	}
	return widths
}

// renderRow writes a row: as many lines as its tallest cell has, without space at their ends.
func renderRow(b *strings.Builder, row []Cell, widths []int, indent int, wrap, colour bool) {
	columns, height := make([][]string, len(row)), 1
	for i, cell := range row {
		text := Clean(cell.Text)
		if wrap && i == len(widths)-1 {
			text = lipgloss.Wrap(text, widths[i], "/-")
		}
		columns[i] = strings.Split(text, "\n")
		height = max(height, len(columns[i]))
	}
	for y := range height {
		line, plain := strings.Repeat(" ", indent), indent
		at := indent // where the column begins
		for i, column := range columns {
			if y < len(column) && column[y] != "" {
				line += strings.Repeat(" ", at-plain) + paint(colour, row[i].Style, column[y])
				plain = at + lipgloss.Width(column[y])
			}
			at += widths[i] + gap
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
}
