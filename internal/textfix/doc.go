// Package textfix rewrites the text of a secret that Airflow does not read as it was meant, where what was meant is beyond doubt.
//
// Which to use when: [Fix] for the rewritten text, with what was changed and why, or why nothing was; [Read] for the places of values in
// a text that may have the mistakes that people make in JSON; [Mask] for a text that can be shown.
//
// Fix changes everything that it finds wrong or nothing. What it returns is read once more as Airflow reads it, on both sides of Airflow
// 3, before it is believed. Where a text can be read in two ways, or only the writer knows what was meant, it is refused, and the
// [Refusal] says where and what to decide.
//
// It is pure: no network, no clock.
package textfix
