"""The rules: stories of cases, referrals and handovers, laws of terms and lists, and one machine over every move."""
