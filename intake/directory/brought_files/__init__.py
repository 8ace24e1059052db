"""Files of contacts, touchpoints, invoices and physicians: previewed, entered once, taken back as a whole."""
