// Package py decides what Python decides for Airflow: how a URL is split, how percent signs are read, what is JSON,
// what int() and str() make of a value.
//
// Which function to use when:
//
//   - [SplitURL], [ParseQuery], [Unquote], [Quote] and [QuotePlus] are urllib.parse's urlsplit, parse_qsl, unquote, quote and quote_plus.
//   - [Loads] and [Dumps] are json.loads and json.dumps; a value in between is one of the types listed at [Loads].
//   - [Int], [Float], [Str], [Repr] and [Truth] are the built-ins int(), float(), str(), repr() and bool().
//   - [Lower], [Upper], [Fold], [Strip], [IsSpace], [IsWord] and [Len] are methods of str, and \s and \w of module re.
//   - [Compile] is re.compile, and [Pattern.Match] re.match.
//
// The reference is CPython 3.11.7 (Airflow 2.9 and 2.10) and 3.12.1 (the others), as in Amazon MWAA's images. Where the two
// differ, the function says so.
//
// A Python string may hold lone surrogates, which UTF-8 has no place for. In Go strings here each is written as the
// three bytes that UTF-8's scheme would give (WTF-8); all other text is plain UTF-8.
//
// No error holds any of the text that was parsed.
package py
