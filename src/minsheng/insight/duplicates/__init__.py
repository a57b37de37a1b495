"""辨重: whether two demands are one matter. Place and problem are compared apart."""
