"""What published totals say of trials whose data are missing."""
