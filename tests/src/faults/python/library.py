def prepare(c): pass
def forget(): pass
